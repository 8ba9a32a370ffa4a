"""The sandbox as the product meets it: over the wire, with the adapters as configured for production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.world import World


@pytest.fixture(scope="session")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("journey-world"), issue_cards=False) as world:
        yield world


@pytest.fixture
def world(running_world: World) -> Iterator[World]:
    running_world.switches.reset()
    yield running_world
    running_world.switches.reset()


@pytest.fixture
def trust_folder(world: World) -> Path:
    return Path(world.ready()["anchors"][0]).parent.parent
