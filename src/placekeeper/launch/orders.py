"""The orders that a job process gets through the pipe that also ties it to its launcher."""

import msgspec


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """One run for a job process.

    `command` is the job's type, `glue_version` its version of Glue; `arguments` are the script's argv tokens;
    `environ` and `cwd` are those of whoever asked for the run; `url` and `token` reach the server; `script`
    is a path or URI; `segments` is the ledger's folder; `folder` is the run's own, which is removed when it
    has ended; `modules` is where installed modules are kept.
    """

    run_id: str
    command: str
    glue_version: str
    url: str
    token: str
    script: str
    segments: str
    arguments: tuple[str, ...]
    environ: dict[str, str]
    cwd: str
    folder: str
    modules: str
