"""Every address, by audience. Pages are under / in Traditional Chinese and under /en/ in English, with the same paths."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from tcloud.web.ui.views import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/", include("tcloud.web.api.urls")),
    path("", include("tcloud.web.public.machine_urls")),
]

urlpatterns += i18n_patterns(
    # those with a beginning of their own first: all others are passed over at a glance
    path("member/", include("tcloud.web.member.urls")),
    path("supplier/", include("tcloud.web.supplier.urls")),
    path("office/", include("tcloud.web.office.urls")),
    path("support/", include("tcloud.web.support.urls")),
    path("", include("tcloud.web.public.urls")),
    path("", include("tcloud.web.ui.urls")),
    prefix_default_language=False,
)

handler500 = "tcloud.web.ui.views.server_error"
