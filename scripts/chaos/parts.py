"""The product's processes, each kept alive as a service manager does, and killed without warning."""

import contextlib
import random
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

UP_S = 4.0


@dataclass
class Part:
    """A process (and those it starts) that is started again whenever it ends."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    user: str | None = None
    started_at: float = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def keep(self) -> None:
        """Start it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self.started_at = time.monotonic()
            with self.log.open("ab") as output:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    user=self.user,
                )

    @property
    def up_s(self) -> float:
        """Seconds since it was started; 0 when it does not run."""
        runs = self._process is not None and self._process.poll() is None
        return time.monotonic() - self.started_at if runs else 0

    def kill(self, *, whole: bool = True) -> None:
        """SIGKILL to the process and its children, or to one child."""
        for each in self._family(whole=whole):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()

    def stop(self) -> None:
        """End it in good order."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def _family(self, *, whole: bool) -> list[psutil.Process]:
        if self._process is None or self._process.poll() is not None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._process.pid)
            children = parent.children(recursive=True)
            return [parent, *children] if whole or not children else [random.choice(children)]  # noqa: S311
        return []


@dataclass
class Killer:
    """Keeps the parts alive; between `begin` and `end` kills one of them every so often, when all have run for a while: a site that is never
    up loses nothing.
    """

    parts: list[Part]
    victims: list[Part]
    seed: int
    killed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311
        self._striking = threading.Lock()
        self._rages = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        self._rages.set()

    def end(self) -> None:
        """No strike falls after this returns."""
        with self._striking:
            self._rages.clear()

    def quiet(self) -> bool:
        """Every part runs and has run for a while."""
        return all(part.up_s >= UP_S for part in self.parts)

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        strike = time.monotonic()
        while not self._over.is_set():
            for part in self.parts:
                part.keep()
            youngest = max(part.started_at for part in self.parts)
            if not self._rages.is_set():
                strike = time.monotonic() + self._dice.uniform(1, 4)
            elif time.monotonic() >= max(strike, youngest + UP_S):
                with self._striking:
                    if self._rages.is_set():
                        self._strike()
                strike = time.monotonic() + self._dice.uniform(0.5, 5)
            time.sleep(0.2)

    def _strike(self) -> None:
        part = self._dice.choice(self.victims)
        part.kill(whole=part.name != "web" or self._dice.random() < 0.5)
        part.started_at = (
            time.monotonic()
        )  # it may take a moment to die; what was struck is young in any case
        self.killed[part.name] = self.killed.get(part.name, 0) + 1
