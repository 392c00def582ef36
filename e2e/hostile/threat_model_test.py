"""Nobody else claims: docs/threat-model.md names every attack, each where its attacker is, and none that there
is not."""

from __future__ import annotations

import re
import unittest

from e2e import programs
from e2e.hostile.families import FAMILIES, all_attacks

_FILE = programs.TESTDATA.parent / "docs" / "threat-model.md"


class ThreatModelTest(unittest.TestCase):

    def setUp(self) -> None:
        self.text = _FILE.read_text(encoding="utf-8")

    def test_each_attack_is_in_its_attackers_table(self) -> None:
        for attack in all_attacks():
            with self.subTest(attack.name):
                section = self.text.partition(f"\n### {attack.who[0].upper()}{attack.who[1:]}\n")[2]
                section = section.partition("\n### ")[0].partition("\n## ")[0]
                row = next((line for line in section.splitlines() if f"`{attack.name}`" in line), "")
                self.assertIn(f"| {attack.rule} |", row)

    def test_no_attack_is_named_that_there_is_not(self) -> None:
        families = "|".join(family.__name__.rpartition(".")[2] for family in FAMILIES)
        named = set(re.findall(rf"`((?:{families})\.\w+)`", self.text))
        self.assertEqual(named - {attack.name for attack in all_attacks()}, set())

    def test_each_attacker_of_the_model_is_tried(self) -> None:
        rows = self.text.partition("## Who attacks")[2].partition("\n## ")[0]
        attackers = re.findall(r"^\| ([a-z][^|,]*?)(?:,[^|]*)? \|", rows, re.MULTILINE)[1:]
        attackers = [name.replace(" of the verify API", "") for name in attackers]
        self.assertEqual(set(attackers), {attack.who for attack in all_attacks()})
