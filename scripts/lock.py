"""Write requirements/*.txt: exact versions with the hashes of every file the public index has (`make lock`).

runtime.txt is what production installs; sandbox.txt and dev.txt hold what those extras of pyproject.toml need, at the same versions
where they share a package. Only the default index is asked: a mirror or a folder of wheels on this machine would leave its own
hashes behind. `--upgrade` takes the newest versions that pyproject.toml allows; without it the pins stay.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
ADDRESSES = ("://", "file:/", "--index-url", "--find-links", "--extra-index-url", "--trusted-host")


def wanted() -> dict[str, list[str]]:
    """The direct requirements of each file, as pyproject.toml gives them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return {"runtime": project["dependencies"], "sandbox": extras["sandbox"], "dev": extras["dev"]}


def compile_file(name: str, requirements: list[str], constraints: list[str], options: list[str]) -> None:
    """Resolve one file under the files already written. Exits with pip-compile's own words when there is no solution."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {key: os.environ[key] for key in ("PIP_CERT", "PIP_PROXY") if key in os.environ}
    environment["PIP_CONFIG_FILE"] = os.devnull
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"{name}.in"
        limits = "".join(f"-c {FOLDER / other}.txt\n" for other in constraints)
        source.write_text(limits + "\n".join(requirements) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--allow-unsafe",
                   "--strip-extras", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links",
                   "--no-emit-trusted-host", *options, "--output-file", str(FOLDER / f"{name}.txt"), str(source)]  # fmt: skip
        subprocess.run(command, check=True, env=environment)


def check(name: str) -> None:
    """Raises ValueError when a file names a place on this machine or an index."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    if any(part in text for part in ADDRESSES):
        raise ValueError(f"requirements/{name}.txt names an address")


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    done: list[str] = []
    for name, requirements in wanted().items():
        print(f"requirements/{name}.txt …", flush=True)
        compile_file(name, requirements, done, sys.argv[1:])
        check(name)
        done.append(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
