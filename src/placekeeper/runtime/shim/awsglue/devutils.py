"""Jobs from a development endpoint or a notebook: descriptions of a job, and boto3's calls on them."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import boto3

from placekeeper.model.errors import UsageError

_WHOLE = {
    "name": "Name",
    "description": "Description",
    "logUri": "LogUri",
    "role": "Role",
    "createdOn": "CreatedOn",
    "lastModifiedOn": "LastModifiedOn",
    "defaultArguments": "DefaultArguments",
    "maxRetries": "MaxRetries",
    "allocatedCapacity": "AllocatedCapacity",
}
_OF_THE_SERVER = frozenset({"createdOn", "lastModifiedOn"})


class _Description:
    """A part of a job, as a dict in the words of the API."""

    def as_dict(self) -> dict[str, Any]:
        """The members of the API."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.as_dict())


class ExecutionProperty(_Description):
    """How many runs of a job may go on at once."""

    def __init__(self, maxConcurrentRuns: int = 1) -> None:
        self.maxConcurrentRuns = maxConcurrentRuns

    def __repr__(self) -> str:
        return super().__repr__()

    def as_dict(self) -> dict[str, Any]:
        """The members of the API."""
        return {"MaxConcurrentRuns": self.maxConcurrentRuns}


class Command(_Description):
    """The kind of a job, and where its script is."""

    def __init__(self, name: str, scriptLocation: str) -> None:
        self.name = name
        self.scriptLocation = scriptLocation

    def __repr__(self) -> str:
        return super().__repr__()

    def as_dict(self) -> dict[str, Any]:
        """The members of the API."""
        return {"Name": self.name, "ScriptLocation": self.scriptLocation}


class Connections(_Description):
    """The names of the connections that a job uses."""

    def __init__(self, connections: Sequence[str] = []) -> None:
        self.connections = list(connections)

    def __repr__(self) -> str:
        return super().__repr__()

    def as_dict(self) -> dict[str, Any]:
        """The members of the API."""
        return {"Connections": self.connections}


class Job(_Description):
    """A job's definition; what is None is left to the server."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.description: str | None = None
        self.logUri: str | None = None
        self.role: str | None = None
        self.createdOn: Any = None
        self.lastModifiedOn: Any = None
        self.executionProperty: ExecutionProperty | None = None
        self.command: Command | None = None
        self.defaultArguments: Mapping[str, str] | None = None
        self.connections: Connections | None = None
        self.maxRetries: int | None = None
        self.allocatedCapacity: int | None = None

    def __repr__(self) -> str:
        return super().__repr__()

    def as_dict(self) -> dict[str, Any]:
        """The members of the API that are set."""
        parts = {
            "ExecutionProperty": self.executionProperty,
            "Command": self.command,
            "Connections": self.connections,
        }
        whole = {member: getattr(self, name) for name, member in _WHOLE.items()}
        described = {member: part.as_dict() for member, part in parts.items() if part is not None}
        return {member: value for member, value in whole.items() if value is not None} | described

    def as_job_create_dict(self) -> dict[str, Any]:
        """What CreateJob takes."""
        own = {_WHOLE[name] for name in _OF_THE_SERVER}
        return {member: value for member, value in self.as_dict().items() if member not in own}

    def as_job_update_dict(self) -> dict[str, Any]:
        """What UpdateJob takes."""
        update = self.as_job_create_dict()
        return {"JobName": update.pop("Name", None), "JobUpdate": update}


class GlueJobUtils:
    """Gets, creates, changes and deletes jobs by boto3's client; a script file is uploaded first."""

    def __init__(self, glue_context: object) -> None:
        self.glue_context = glue_context
        self._glue: Any = boto3.client("glue")

    def _glue_job_response_to_job(self, response_job: Mapping[str, Any]) -> Job:
        job = Job()
        for name, member in _WHOLE.items():
            setattr(job, name, response_job.get(member))
        if "ExecutionProperty" in response_job:
            job.executionProperty = ExecutionProperty(response_job["ExecutionProperty"]["MaxConcurrentRuns"])
        if "Command" in response_job:
            command = response_job["Command"]
            job.command = Command(command.get("Name"), command.get("ScriptLocation"))
        if "Connections" in response_job:
            job.connections = Connections(response_job["Connections"].get("Connections", []))
        return job

    def get_jobs(self, nextToken: str = "") -> dict[str, Any]:
        """A page of jobs, `jobs`, and the token of the next one, `nextToken`."""
        answer = self._glue.get_jobs(**({"NextToken": nextToken} if nextToken else {}))
        jobs = [self._glue_job_response_to_job(job) for job in answer["Jobs"]]
        return {"jobs": jobs, "nextToken": answer.get("NextToken", "")}

    def get_job(self, jobName: str) -> Job:
        """One job."""
        return self._glue_job_response_to_job(self._glue.get_job(JobName=jobName)["Job"])

    def _get_bucket_prefix_from_s3_url(self, s3_url: str) -> tuple[str, str]:
        scheme, _, rest = s3_url.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme not in ("s3", "s3a", "s3n") or not bucket or not prefix:
            raise UsageError(f"a script is uploaded to s3://BUCKET/KEY, not to '{s3_url}'")
        return bucket, prefix

    def _upload_file_to_s3(self, s3_url: str, file: str | IO[bytes]) -> None:
        bucket, key = self._get_bucket_prefix_from_s3_url(s3_url)
        body = io.BytesIO(Path(file).read_bytes()) if isinstance(file, str) else file
        boto3.client("s3").upload_fileobj(body, bucket, key)

    def create_job(self, job: Job, file: str = "") -> dict[str, Any]:
        """Create a job; `file` is uploaded to where its command says that the script is."""
        self._upload(job, file)
        answer: dict[str, Any] = self._glue.create_job(**job.as_job_create_dict())
        return answer

    def update_job(self, job: Job, file: str = "") -> dict[str, Any]:
        """Change a job; `file` is uploaded first."""
        self._upload(job, file)
        answer: dict[str, Any] = self._glue.update_job(**job.as_job_update_dict())
        return answer

    def delete_job(self, jobName: str) -> dict[str, Any]:
        """Delete a job."""
        answer: dict[str, Any] = self._glue.delete_job(JobName=jobName)
        return answer

    def _upload(self, job: Job, file: str) -> None:
        if not file:
            return
        if job.command is None:
            raise UsageError("a job without a command has no place for its script: set job.command first")
        self._upload_file_to_s3(job.command.scriptLocation, file)
