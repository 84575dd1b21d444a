"""The registry to read: DER, certified equipment, the network model."""

from typing import Any

from django.contrib import admin

from workflow.back_office import ReadOnlyAdmin, ReadOnlyInline

from .models import Der, DerUnit, Equipment, Feeder, NetworkConnection, Substation, Transformer


class DerUnitInline(ReadOnlyInline):
    """The units of a DER."""

    model = DerUnit
    fields = (
        "kind",
        "quantity",
        "manufacturer",
        "model",
        "active_power_max_rating_w",
        "apparent_power_max_rating_va",
        "energy_capacity_wh",
        "serial_numbers",
    )
    show_change_link = True


@admin.register(Der)
class DerAdmin(ReadOnlyAdmin):
    """One DER with its units."""

    list_display = ("mrid", "state", "usage_point", "feeder", "provider", "version", "active_from")
    list_filter = (
        "state",
        "provider",
        "usage_point__network_connection__transformer__feeder",
    )
    list_select_related = ("usage_point__network_connection__transformer__feeder", "provider")
    search_fields = ("mrid", "usage_point__name", "units__serial_numbers", "units__model")
    inlines = (DerUnitInline,)

    @admin.display(ordering="usage_point__network_connection__transformer__feeder__name")
    def feeder(self, der: Der) -> Any:
        """The feeder that serves it, where the network model knows."""
        connection = getattr(der.usage_point, "network_connection", None)
        return connection.transformer.feeder if connection else None


@admin.register(DerUnit)
class DerUnitAdmin(ReadOnlyAdmin):
    """One kind of equipment within a DER, with its whole nameplate."""

    list_display = ("manufacturer", "model", "kind", "quantity", "active_power_max_rating_w", "der")
    list_filter = ("kind",)
    list_select_related = ("der",)
    search_fields = ("mrid", "manufacturer", "model", "serial_numbers")


@admin.register(Equipment)
class EquipmentAdmin(ReadOnlyAdmin):
    """The certified list. It is imported, not typed."""

    list_display = ("manufacturer", "model", "kind", "active_power_max_rating_w", "source_list")
    list_filter = ("kind", "source_list")
    search_fields = ("manufacturer", "model", "source_key")


@admin.register(Substation)
class SubstationAdmin(ReadOnlyAdmin):
    """Substations of the network model."""

    list_display = ("name", "nominal_voltage_v", "mrid")
    search_fields = ("name", "mrid")


@admin.register(Feeder)
class FeederAdmin(ReadOnlyAdmin):
    """Feeders with the loads that the screens read."""

    list_display = ("name", "substation", "nominal_voltage_v", "peak_load_w", "minimum_load_w")
    list_filter = ("substation",)
    list_select_related = ("substation",)
    search_fields = ("name", "mrid")


@admin.register(Transformer)
class TransformerAdmin(ReadOnlyAdmin):
    """Service transformers."""

    list_display = ("name", "feeder", "rating_va", "secondary_voltage_v")
    list_filter = ("feeder",)
    list_select_related = ("feeder",)
    search_fields = ("name", "mrid")


@admin.register(NetworkConnection)
class NetworkConnectionAdmin(ReadOnlyAdmin):
    """Which service point hangs on which transformer."""

    list_display = ("usage_point", "transformer")
    list_filter = ("transformer__feeder",)
    list_select_related = ("usage_point", "transformer")
    search_fields = ("usage_point__name", "transformer__name")
