"""What every back-office page of ours shares: rows that services write, and nobody edits."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class _NeverEdited:
    """No adding, no changing, no deleting: services do that, with their audit."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class ReadOnlyAdmin(_NeverEdited, ModelAdmin):
    """A page of rows to read, with the model's view permission."""

    list_per_page = 50
    show_full_result_count = False


class ReadOnlyInline(_NeverEdited, TabularInline):
    """Rows of a parent, to read. Who may read the parent may read them."""

    template = "admin/edit_inline/scrolling.html"
    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the parent's page, which was checked already."""
        return True
