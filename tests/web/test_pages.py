import shutil

from nanoverse.web.pages import EDITION, STATIC, edition


def test_a_page_that_is_open_hears_of_every_change_to_what_it_loaded(tmp_path):
    upgraded = tmp_path / "static"
    shutil.copytree(STATIC, upgraded)
    assert edition(upgraded) == EDITION  # the same files in another folder are no news
    script = upgraded / "js" / "index.js"
    before = script.read_bytes()
    script.write_bytes(before + b"\n")
    assert edition(upgraded) != EDITION
    script.write_bytes(before)
    script.rename(script.with_name("other.js"))
    assert edition(upgraded) != EDITION
