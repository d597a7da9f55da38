# Resolve what pyproject.toml asks for into pinned, hashed requirement files, all from one answer.
set -eu
common="--quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --no-strip-extras"
uv pip compile $common pyproject.toml --extra postgres --extra redis --group build --group test --group check -o requirements/dev.txt
uv pip compile $common pyproject.toml -c requirements/dev.txt -o requirements/run.txt
uv pip compile $common pyproject.toml --extra postgres --extra redis -c requirements/dev.txt -o requirements/image.txt
uv pip compile $common --group build -c requirements/dev.txt -o requirements/build.txt
uv pip compile $common --group bench -c requirements/dev.txt -o requirements/bench.txt
