from pathlib import Path

import pytest

from webapp.auth.agents import device

DEVICES = [line.split("\t") for line in Path(__file__).with_name("agents.tsv").read_text().splitlines()]


@pytest.mark.parametrize(("name", "icon", "agent"), DEVICES)
def test_a_browser_is_named_in_words(name, icon, agent):
    assert device(agent) == (icon, name)
