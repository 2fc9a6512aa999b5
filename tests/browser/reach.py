"""What everybody must be able to read and to reach, whatever page it is."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

FINGER = 44  # CSS pixels (WCAG 2.2, success criterion 2.5.5)
_GRAVE = ("serious", "critical")


async def grave(page: Page) -> list[str]:
    """What axe finds serious or worse, with the elements meant."""
    await expect(page.locator("#hints .done")).to_have_count(0)  # what fades away has no contrast to ask for
    found = await Axe().run(page)
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found.response["violations"]
        if rule["impact"] in _GRAVE
        and any(node["target"] != [":root"] for node in rule["nodes"])  # what faded away meanwhile
    ]


async def too_small(page: Page) -> list[str]:
    """What can be tapped and is smaller than a fingertip."""
    found: list[str] = await page.evaluate(
        """(finger) => [...document.querySelectorAll('button, select, input, a')]
            .filter((node) => node.checkVisibility() && !node.closest('label, .message'))
            .map((node) => [node, node.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.height < finger - 0.5 || box.width < finger * 0.6))
            .map(([node, box]) => `${node.id || node.className}: ${box.width}x${box.height}`)""",
        FINGER,
    )
    return found
