"""Enough of a Dockerfile to do what it says without Docker: in folders instead of layers.

Every absolute path that the image would have is rewritten to one below a folder of the test;
`python` is the interpreter at hand, since the base image cannot be fetched.
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_PATHS = re.compile(r"(?<![\w.:/-])/(app|build|data|tools|wheels)\b")


@dataclass
class Stage:
    """One FROM, and all that follows it."""

    name: str
    root: Path
    workdir: str = "/"
    user: str = "root"
    env: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)


class Image:
    """A Dockerfile being done, instruction by instruction."""

    def __init__(self, context: Path, folder: Path, python: str) -> None:
        self._context = context
        self._folder = folder
        self._python = python
        self.stages: list[Stage] = []

    @property
    def last(self) -> Stage:
        return self.stages[-1]

    def build(self) -> Stage:
        """Do every instruction; the last stage."""
        for instruction, rest in instructions((self._context / "Dockerfile").read_text()):
            getattr(self, f"_{instruction.lower()}")(rest)
        return self.last

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a shell line as RUN does, in the last stage."""
        return subprocess.run(
            ["sh", "-eu", "-c", self._here(command)],
            cwd=self._inside(self.last.workdir),
            env=self.environment(),
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def environment(self) -> dict[str, str]:
        """The image's variables, and nothing of the machine's but what finds packages."""
        python = str(Path(self._python).parent)
        env = {"PATH": f"{python}:/usr/bin:/bin", "HOME": str(self.last.root)}
        return env | {name: self._here(value) for name, value in self.last.env.items()}

    def arguments(self, command: list[str]) -> list[str]:
        """A command of the image, for this machine."""
        return [self._here(word) for word in command]

    def _from(self, rest: str) -> None:
        name = rest.partition(" AS ")[2] or "final"
        root = self._folder / name
        root.mkdir()
        self.stages.append(Stage(name, root))

    def _copy(self, rest: str) -> None:
        words = rest.split()
        source = self._context
        if words[0].startswith("--from="):
            wanted = words.pop(0).partition("=")[2]
            source = next(stage.root for stage in self.stages if stage.name == wanted)
        *names, target = words
        into = self._inside(target)
        for name in names:
            self._copy_one(source / name.lstrip("/"), into, several=target.endswith("/"))

    def _copy_one(self, source: Path, into: Path, *, several: bool) -> None:
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, into, dirs_exist_ok=True, symlinks=True, ignore=ignore)
            self._move_scripts(source, into)
            return
        target = into / source.name if several else into
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def _move_scripts(self, source: Path, into: Path) -> None:
        """Scripts name their interpreter by its path, which differs from stage to stage here."""
        for script in (into / "bin").glob("*"):
            if script.is_file() and not script.is_symlink():
                text = script.read_bytes()
                script.write_bytes(text.replace(str(source).encode(), str(into).encode()))

    def _run(self, rest: str) -> None:
        self.last.runs.append(rest)
        self.run(rest)

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.last.env[name] = value.replace("$PATH", self.environment()["PATH"])

    def _workdir(self, rest: str) -> None:
        self.last.workdir = rest
        self._inside(rest).mkdir(parents=True, exist_ok=True)

    def _user(self, rest: str) -> None:
        self.last.user = rest

    def _volume(self, rest: str) -> None:
        self.last.volumes.append(rest)

    def _expose(self, rest: str) -> None:
        self.last.env.setdefault("EXPOSED", rest)

    def _healthcheck(self, rest: str) -> None:
        self.last.health = json.loads(rest.partition("CMD ")[2])

    def _cmd(self, rest: str) -> None:
        self.last.command = json.loads(rest)

    def _inside(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.last.root / Path(self.last.workdir, path).relative_to("/")

    def _here(self, text: str) -> str:
        return _PATHS.sub(lambda found: f"{self.last.root}/{found[1]}", text)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile, continued lines joined."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    joined = "\n".join(lines).replace("\\\n", " ")
    for line in filter(None, map(str.strip, joined.splitlines())):
        instruction, _, rest = line.partition(" ")
        yield instruction, rest.strip()
