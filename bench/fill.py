"""Run by the harness: migrate the scratch database and fill it; prints a token and the endpoint."""

import sys
from datetime import timedelta
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from oauth2_provider.models import get_access_token_model, get_application_model  # noqa: E402

from bench.data import MAKE_PLAIN, PLAIN_TABLE, PUBLISH  # noqa: E402
from exchange.services import issue_client_credentials, register_endpoint  # noqa: E402


def main(count: int) -> None:
    call_command("migrate", verbosity=0)
    endpoint = register_endpoint(
        name="bench", kind="dso_derms", url="http://127.0.0.1:9/", secret="whsec_" + "A" * 40 + "="
    )
    issue_client_credentials(endpoint=endpoint, by=None)
    application = get_application_model().objects.get(pk=endpoint.oauth_application_id)
    token = uuid4().hex
    get_access_token_model().objects.create(
        application=application, token=token, scope="der:read",
        expires=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MAKE_PLAIN, {"count": count})
        cursor.execute(f"ALTER TABLE {PLAIN_TABLE} ADD PRIMARY KEY (id)")
        cursor.execute(PUBLISH, {"endpoint": endpoint.pk})
        cursor.execute("VACUUM ANALYZE")
    print(token, endpoint.pk)


if __name__ == "__main__":
    main(int(sys.argv[1]))
