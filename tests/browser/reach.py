"""What everybody must be able to read and to reach, whatever page it is."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

FINGER = 44  # CSS pixels (WCAG 2.2, success criterion 2.5.5)
ENOUGH = 4.5  # contrast of small words with what they stand on (WCAG 2.2, success criterion 1.4.3)
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


async def contrast(words: Locator) -> float:
    """Of words with their own opaque ground (WCAG 2.2, "contrast ratio"); axe takes a single digit for no words."""
    ratio: float = await words.evaluate(
        """(node) => {
            const luminance = (colour) => {
                const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
                    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const { color, backgroundColor } = getComputedStyle(node);
            const [dark, light] = [color, backgroundColor].map(luminance).sort((a, b) => a - b);
            return (light + 0.05) / (dark + 0.05);
        }"""
    )
    return ratio
