"""Is nothing lost, nothing doubled and nothing skipped while backends die and acknowledgements vanish?"""

import pytest

from tests.conftest import Services, fresh_database
from tests.reliability.storm import Outcome, Weather, rage

LEAST_ACKNOWLEDGED = 5_000
LEAST_KILLS = 30
LEAST_REPLAYS = 50


@pytest.fixture(scope="module")
def storms(
    services: Services, template: str, master_key: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    """A storm of killed backends and one of lost acknowledgements, each on its own database."""
    weathers = {
        "kills": Weather(acknowledged=3_600),
        "losses": Weather(acknowledged=1_500, kills_every_s=None, drop=0.03, twins=0.0),
    }
    outcomes = {}
    for seed, (name, weather) in enumerate(weathers.items(), 1):
        with fresh_database(services, template) as url:
            folder = tmp_path_factory.mktemp(name)
            outcomes[name] = rage(url, master_key, folder, seed=seed, weather=weather)
    return outcomes


@pytest.mark.parametrize("name", ["kills", "losses"])
class TestEveryStorm:
    def test_breaks_no_promise(self, storms: dict[str, Outcome], name: str) -> None:
        assert storms[name].verdict.is_green, str(storms[name])

    def test_was_read_event_by_event_while_it_raged(self, storms: dict[str, Outcome], name: str) -> None:
        storm = storms[name]
        assert storm.doses.read == storm.verdict.events
        assert storm.doses.in_vain >= 10

    def test_had_quarrels(self, storms: dict[str, Outcome], name: str) -> None:
        storm = storms[name]
        codes = {answer.code for sent in storm.journal.commands.values() for answer in sent.answers}
        assert {"stale_version", "capacity_taken"} <= codes
        assert storm.verdict.refused >= 50


class TestTheDoses:
    def test_enough_was_acknowledged(self, storms: dict[str, Outcome]) -> None:
        assert sum(storm.verdict.acknowledged for storm in storms.values()) >= LEAST_ACKNOWLEDGED

    def test_enough_backends_were_killed_at_work(self, storms: dict[str, Outcome]) -> None:
        assert storms["kills"].doses.kills >= LEAST_KILLS

    def test_enough_answers_were_dropped_and_recognised_as_repeats(self, storms: dict[str, Outcome]) -> None:
        storm = storms["losses"]
        assert storm.doses.dropped >= LEAST_REPLAYS
        assert storm.doses.recognised >= LEAST_REPLAYS, str(storm)
