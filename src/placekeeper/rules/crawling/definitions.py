"""Definitions of crawlers and classifiers: defaults, and what is refused.

Source: docs/reference/operations.md#crawlers.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.crawling.options import options_of

TARGETS: Final = (
    "S3Targets",
    "JdbcTargets",
    "MongoDBTargets",
    "DynamoDBTargets",
    "CatalogTargets",
    "DeltaTargets",
    "IcebergTargets",
    "HudiTargets",
)
"""The kinds of targets, as Targets has them."""

KINDS: Final = ("GrokClassifier", "XMLClassifier", "JsonClassifier", "CsvClassifier")
"""The kinds of classifiers, as requests have them."""

_ROLE: Final = re.compile(r"arn:aws[^:]*:iam::\d*:role/")
_LOG: Final = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
_ONLY_NEW: Final = "CRAWL_NEW_FOLDERS_ONLY"


def crawler_spec(given: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a definition with AWS's defaults.

    Raises InvalidInputException without a target, and for policies or a Configuration that AWS refuses.
    """
    targets = {kind: list((given.get("Targets") or {}).get(kind) or ()) for kind in TARGETS}
    if not any(targets.values()):
        raise InvalidInputException("At least one crawl target must be specified.")
    targets["S3Targets"] = [{"Exclusions": [], **target} for target in targets["S3Targets"]]
    recrawl = {"RecrawlBehavior": "CRAWL_EVERYTHING", **(given.get("RecrawlPolicy") or {})}
    spec = {
        **given,
        "Role": _ROLE.sub("", given["Role"]),
        "Targets": targets,
        "Classifiers": list(given.get("Classifiers") or ()),
        "RecrawlPolicy": recrawl,
        "SchemaChangePolicy": _policy(given, recrawl["RecrawlBehavior"], targets),
        "LineageConfiguration": {
            "CrawlerLineageSettings": "DISABLE",
            **(given.get("LineageConfiguration") or {}),
        },
        "LakeFormationConfiguration": {
            "UseLakeFormationCredentials": False,
            "AccountId": "",
            **(given.get("LakeFormationConfiguration") or {}),
        },
    }
    options_of(spec)
    return spec


def _policy(given: Mapping[str, Any], recrawl: str, targets: Mapping[str, list[Any]]) -> dict[str, str]:
    said = {name: value for name, value in (given.get("SchemaChangePolicy") or {}).items() if value}
    if targets["CatalogTargets"]:
        if any(targets[kind] for kind in TARGETS if kind != "CatalogTargets"):
            raise InvalidInputException("Catalog targets cannot be combined with other types of targets.")
        if said.get("DeleteBehavior", "LOG") != "LOG":
            raise InvalidInputException(
                "The SchemaChangePolicy for catalog targets can have only the LOG DeleteBehavior value."
            )
        said["DeleteBehavior"] = "LOG"
    if recrawl == _ONLY_NEW:
        if any(said.get(name, "LOG") != "LOG" for name in _LOG):
            raise InvalidInputException(
                'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG '
                "DeleteBehavior value and LOG UpdateBehavior value."
            )
        return dict(_LOG)
    return {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
        **said,
    }


def changed_spec(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a definition after an update. What the update does not name stays as it is.

    Raises as `crawler_spec` does.
    """
    changed = {**known, **given}
    before = (known.get("RecrawlPolicy") or {}).get("RecrawlBehavior")
    after = (changed.get("RecrawlPolicy") or {}).get("RecrawlBehavior")
    if after == _ONLY_NEW and before != after and "SchemaChangePolicy" not in given:
        changed.pop("SchemaChangePolicy", None)
    return crawler_spec(changed)


def one_classifier(params: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The kind, the name and the definition of the one classifier in a request.

    Raises InvalidInputException for none or several.
    """
    given = [kind for kind in KINDS if params.get(kind)]
    if len(given) != 1:
        raise InvalidInputException(f"Give one of {', '.join(KINDS)}, and only one.")
    spec = dict(params[given[0]])
    return given[0], spec.pop("Name"), spec
