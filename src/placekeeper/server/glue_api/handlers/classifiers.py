"""Classifiers on the wire (docs/reference/operations.md#crawlers, botocore's model)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from placekeeper.model.crawling import Classifier
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateClassifierRequestTypeDef,
        DeleteClassifierRequestTypeDef,
        GetClassifierRequestTypeDef,
        GetClassifiersRequestTypeDef,
        UpdateClassifierRequestTypeDef,
    )

    from placekeeper.control.service import Control


def create_classifier(control: Control, params: CreateClassifierRequestTypeDef) -> Mapping[str, object]:
    """CreateClassifier; a name that is taken is AlreadyExistsException."""
    control.classifiers.create(params)
    return {}


def get_classifier(control: Control, params: GetClassifierRequestTypeDef) -> Mapping[str, object]:
    """GetClassifier; a missing one is EntityNotFoundException."""
    return {"Classifier": _on_wire(control.classifiers.get(params["Name"]))}


def get_classifiers(control: Control, params: GetClassifiersRequestTypeDef) -> Mapping[str, object]:
    """GetClassifiers, by name; NextToken while there are more."""
    after = paging.name_after("GetClassifiers", params.get("NextToken"))
    page = control.classifiers.page(after=after, limit=params.get("MaxResults", PAGE_SIZE))
    return {
        "Classifiers": [_on_wire(classifier) for classifier in page.items],
        "NextToken": paging.token("GetClassifiers", page.items[-1].name) if page.more else None,
    }


def update_classifier(control: Control, params: UpdateClassifierRequestTypeDef) -> Mapping[str, object]:
    """UpdateClassifier: what the request does not name stays."""
    control.classifiers.update(params)
    return {}


def delete_classifier(control: Control, params: DeleteClassifierRequestTypeDef) -> Mapping[str, object]:
    """DeleteClassifier; a missing one is EntityNotFoundException."""
    control.classifiers.delete(params["Name"])
    return {}


def _on_wire(classifier: Classifier) -> Mapping[str, object]:
    return {
        classifier.kind: {
            "Name": classifier.name,
            **classifier.spec,
            "CreationTime": timestamp(classifier.created_ms),
            "LastUpdated": timestamp(classifier.modified_ms),
            "Version": classifier.version,
        }
    }


OPERATIONS: Mapping[str, Handler] = {
    "CreateClassifier": Handler(create_classifier),
    "DeleteClassifier": Handler(delete_classifier),
    "GetClassifier": Handler(get_classifier),
    "GetClassifiers": Handler(get_classifiers),
    "UpdateClassifier": Handler(update_classifier),
}
"""The operations of this module."""
