"""F15: the bells that wake workers, and a worker whose clock is wrong."""

from typing import Any

import pytest
from django.conf import settings

from derportal.celery import app


@pytest.mark.parametrize("name", settings.CELERY_BEAT_SCHEDULE)
def test_a_bell_of_the_beat_is_heard_by_a_worker_whatever_its_clock_says(name: str) -> None:
    """One that expires would be thrown away unheard by a worker whose clock is ahead."""
    app.loader.import_default_modules()
    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE[name]
    task = app.tasks[entry["task"]]
    message = task.subtask(options=entry.get("options", {}))
    assert not {"expires", "eta", "countdown"} & message.options.keys()
    assert task.expires is None
