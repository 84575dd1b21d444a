"""The clock of a request: due dates in business days of the utility's calendar."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings

from .models import Procedure, ServiceRequest, StageClock
from .states import CLOSED, FACTS


def business_days_after(start: date, days: int, procedure: Procedure) -> date:
    """The date ``days`` business days after ``start`` in the procedure's calendar."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day, procedure)
    return day


def business_days_between(start: date, end: date, procedure: Procedure) -> int:
    """Business days after ``start`` up to and including ``end``; negative when end is earlier."""
    if end < start:
        return -business_days_between(end, start, procedure)
    span = range(1, (end - start).days + 1)
    return sum(is_business_day(start + timedelta(days=n), procedure) for n in span)


def is_business_day(day: date, procedure: Procedure) -> bool:
    """Monday to Friday, no public holiday, not one of the utility's own closed days."""
    calendar = _holidays(procedure.holiday_country, procedure.holiday_subdivision)
    return (
        day.weekday() < 5 and day not in calendar and day.isoformat() not in (procedure.closed_days)
    )


@lru_cache(maxsize=16)
def _holidays(country: str, subdivision: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision or None)


def local_date(moment: datetime) -> date:
    """The calendar day of a moment in the utility's zone."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def turn_clock(request: ServiceRequest, *, at: datetime, stop_reason: str) -> StageClock | None:
    """Stop the running clock and start the one of the state the request is now in."""
    stop_clock(request, at=at, reason=stop_reason)
    return None if request.state in CLOSED else _start(request, at)


def stop_clock(request: ServiceRequest, *, at: datetime, reason: str) -> None:
    """Stop the running clock, if any, and count the business days it used."""
    clock = StageClock.objects.filter(service_request=request, stopped_at__isnull=True).first()
    if clock is None:
        return
    used = business_days_between(local_date(clock.started_at), local_date(at), request.procedure)
    clock.stopped_at, clock.stop_reason = at, reason[:300]
    clock.days_used = max(used, 0)
    clock.save()


def _start(request: ServiceRequest, at: datetime) -> StageClock:
    step = request.procedure.steps.get(request.state, {})
    allowed = _days_left(request, step.get("business_days"))
    return StageClock.objects.create(
        service_request=request,
        state=request.state,
        owner=FACTS[request.state].owner,
        days_allowed=allowed,
        started_at=at,
        due_on=_due_on(request, step, allowed, local_date(at)),
    )


def _due_on(
    request: ServiceRequest, step: dict[str, Any], allowed: int | None, start: date
) -> date | None:
    if allowed is not None:
        return business_days_after(start, allowed, request.procedure)
    if step.get("calendar_days"):
        return start + timedelta(days=step["calendar_days"])
    return months_after(start, step["months"]) if step.get("months") else None


def months_after(start: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month."""
    year, month = divmod(start.month - 1 + months, 12)
    last = monthrange(start.year + year, month + 1)[1]
    return date(start.year + year, month + 1, min(start.day, last))


def _days_left(request: ServiceRequest, days: int | None) -> int | None:
    if days is None or FACTS[request.state].owner != "utility":
        return days
    earlier = StageClock.objects.filter(service_request=request, state=request.state)
    used = sum(earlier.values_list("days_used", flat=True))
    return max(days - used, 1)
