"""開放資料: the catalogue as files for machines, with licence, fields and the moment it changed last.

Only facts that the pages show too. Descriptions stay out: their rights are the suppliers' (policies/open-data). Written row by row, so that
memory does not grow with the catalogue; the ETag is the stamp of the data (docs/decisions/0012), so that what did not change is not sent.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.http import condition, require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan
from tcloud.core import clock
from tcloud.core.stamp import stamp
from tcloud.web.public.structured import absolute
from tcloud.web.ui.sheets import BOM, harmless

LICENCE: Final = "政府資料開放授權條款-第1版"
LICENCE_EN: Final = "Open Government Data License, version 1.0"
LICENCE_URL: Final = "https://data.gov.tw/license"
CHUNK: Final = 200


class Field(NamedTuple):
    """A column: its name in the files, JSON type, what it says, and how it is read from a plan."""

    name: str
    kind: str
    words: str | Promise
    read: Callable[[Plan], Any]
    optional: bool = False


def _version(plan: Plan) -> Any:
    return plan.current


def _url(name: str, *args: str) -> str:
    """The whole address of the Chinese page, whatever language the thread that streams is in by then."""
    with override(settings.LANGUAGE_CODE):
        return absolute(reverse(name, args=args))


FIELDS: Final[tuple[Field, ...]] = (
    Field("code", "string", _("方案代碼，不會改變"), lambda plan: plan.code),
    Field("name", "string", _("方案名稱"), lambda plan: _version(plan).name),
    Field("name_en", "string", _("方案英文名稱"), lambda plan: _version(plan).name_en),
    Field("solution", "string", _("解決方案名稱"), lambda plan: plan.solution.name),
    Field("category_code", "string", _("類別代碼"), lambda plan: plan.solution.category.code),
    Field("category", "string", _("類別"), lambda plan: plan.solution.category.name),
    Field("supplier_code", "string", _("供應商代碼"), lambda plan: plan.solution.supplier.slug),
    Field("supplier", "string", _("供應商名稱"), lambda plan: plan.solution.supplier.name),
    Field(
        "orderable",
        "boolean",
        _("可以在平台訂購；否則僅供參考"),
        lambda plan: plan.solution.supplier.takes_orders,
    ),
    Field("price_twd", "integer", _("整個期間的含稅價格，新臺幣元"), lambda plan: _version(plan).price_twd),
    Field("term_months", "integer", _("期間，月"), lambda plan: _version(plan).term_months),
    Field(
        "seats", "integer", _("人數；空白為不限或不適用"), lambda plan: _version(plan).seats, optional=True
    ),
    Field("has_trial", "boolean", _("可以試用"), lambda plan: _version(plan).has_trial),
    Field("data_location", "string", _("資料存放地"), lambda plan: _version(plan).data_location),
    Field("version", "integer", _("方案的版次"), lambda plan: _version(plan).number),
    Field(
        "version_at", "date-time", _("這一版建立的時間"), lambda plan: clock.taipei(_version(plan).created_at)
    ),
    Field(
        "listed_at",
        "date-time",
        _("上架時間"),
        lambda plan: clock.taipei(plan.listed_at) if plan.listed_at else None,
    ),
    Field("url", "uri", _("方案頁的網址"), lambda plan: _url("plan", plan.code)),
)


def _digest(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
    return f'"{_stamp_digest()}"'


def _stamp_digest() -> str:
    return hashlib.sha256(stamp().encode()).hexdigest()[:32]


def changed_at(*_request: Any) -> datetime:
    """When the data was first seen as they are now, kept beside the stamp; the database itself keeps no such moment for every change."""
    now = clock.real_now().replace(microsecond=0)
    found: datetime | None = cache.get_or_set(f"open-data/{_stamp_digest()}", now, timeout=None)
    return found or now


def _listed() -> Iterator[Plan]:
    return plans.listed().order_by("code").iterator(chunk_size=CHUNK)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What there is, under which licence, with every field."""
    context = {
        "fields": FIELDS,
        "changed_at": changed_at(),
        "count": plans.listed().count(),
        "licence_url": LICENCE_URL,
    }
    return render(request, "public/open_data.html", context)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else harmless(value) if isinstance(value, str) else value


def _csv_rows() -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([field.name for field in FIELDS])
    for plan in _listed():
        yield writer.writerow([_cell(field.read(plan)) for field in FIELDS])


@require_safe
@condition(etag_func=_digest, last_modified_func=changed_at)
def catalogue_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The catalogue as CSV: UTF-8 with BOM, a header row, one row a plan."""
    headers = {"Content-Disposition": 'attachment; filename="catalogue.csv"'}
    return StreamingHttpResponse(_csv_rows(), content_type="text/csv; charset=utf-8", headers=headers)


def _json_parts(changed: datetime) -> Iterator[str]:
    encode = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    head = {
        "$schema": absolute(reverse("open_data_schema")),
        "title": "臺灣雲市集方案目錄",
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "updated_at": changed.isoformat(),
    }
    yield encode(head)[:-1] + ',"plans":[\n'
    for number, plan in enumerate(_listed()):
        yield (",\n" if number else "") + encode({field.name: field.read(plan) for field in FIELDS})
    yield "\n]}\n"


@require_safe
@condition(etag_func=_digest, last_modified_func=changed_at)
def catalogue_json(request: HttpRequest) -> StreamingHttpResponse:
    """The catalogue as JSON, as catalogue.schema.json describes it."""
    return StreamingHttpResponse(_json_parts(changed_at()), content_type="application/json")


@require_safe
def schema(request: HttpRequest) -> JsonResponse:
    """JSON Schema (2020-12) of catalogue.json, made from the same table of fields."""
    formats = {"date-time", "uri"}

    def described(field: Field) -> dict[str, Any]:
        kind: dict[str, Any] = (
            {"type": "string", "format": field.kind} if field.kind in formats else {"type": field.kind}
        )
        if field.optional:
            kind["type"] = [kind["type"], "null"]
        return kind | {"description": str(field.words)}

    rows = {
        "type": "object",
        "properties": {field.name: described(field) for field in FIELDS},
        "required": [field.name for field in FIELDS],
        "additionalProperties": False,
    }
    text = {"type": "string"}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": absolute(reverse("open_data_schema")),
        "title": "臺灣雲市集方案目錄",
        "type": "object",
        "properties": {
            "$schema": text,
            "title": text,
            "licence": text,
            "licence_url": {"type": "string", "format": "uri"},
            "updated_at": {"type": "string", "format": "date-time"},
            "plans": {"type": "array", "items": rows},
        },
        "required": ["licence", "updated_at", "plans"],
    }
    return JsonResponse(
        document,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        content_type="application/schema+json",
    )
