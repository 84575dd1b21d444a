"""The tables of registry/data/network while extract_network.py makes them."""

import json
from typing import Any

SERVICE_RATING_A = {"ABC": 63, "A": 100, "B": 100, "C": 100}  # assumed main fuse
STREETS = [
    "Kestrel Lane",
    "Alder Way",
    "Millrace Road",
    "Ferry Street",
    "Larch Avenue",
    "Quarry Road",
    "Orchard Row",
    "Sandpiper Close",
    "Juniper Street",
    "Weaver Lane",
    "Cooper Street",
    "Bramble Path",
    "Heron Court",
    "Tannery Road",
    "Meadow Rise",
    "Willow Bank",
    "Copper Beech Drive",
    "Station Road",
    "Granary Lane",
    "Plover Way",
    "Hazel Grove",
    "Lantern Street",
    "Rivermead",
    "Thistle Lane",
    "Chandler Road",
    "Foxglove Avenue",
    "Harrow Street",
    "Ivy Terrace",
    "Marsh Lane",
    "Nettle Row",
    "Osprey Street",
    "Pebble Way",
    "Quince Avenue",
    "Rookery Lane",
    "Saddler Street",
    "Teal Close",
    "Upland Road",
    "Vine Street",
    "Weir Lane",
    "Yarrow Way",
]
HOUSES_PER_STREET = 24
Row = dict[str, Any]


def point(geo: str) -> tuple[float, float]:
    x, y = json.loads(geo)["coordinates"][:2]
    return x, y


def path(geo: str) -> list[tuple[float, float]]:
    return [(x, y) for x, y, *_ in json.loads(geo)["coordinates"]]


class Rows:
    """The tables under construction."""

    def __init__(self) -> None:
        self.substations: list[Row] = []
        self.feeders: list[Row] = []
        self.transformers: list[Row] = []
        self.service_points: list[Row] = []
        self.loads: list[Row] = []
        self.nodes: list[Row] = []
        self.lines: list[Row] = []
        self.streets = iter(STREETS)

    def node(self, name: str, volts: float, xy: tuple[float, float], feeder: str, key: str) -> None:
        self.nodes.append(
            {
                "name": name,
                "nominal_voltage_v": round(volts),
                "feeder": feeder,
                "x": f"{xy[0]:.6f}",
                "y": f"{xy[1]:.6f}",
                "source_key": key,
            }
        )

    def line(
        self,
        net: Any,
        index: int,
        name: str,
        ends: tuple[str, str],
        feeder: str,
        places: list[tuple[float, float]],
        key: str,
    ) -> None:
        line = net.line.loc[index]
        normally_open = bool(
            len(net.switch) and (~net.switch.closed & (net.switch.et == "l") & (net.switch.element == index)).any()
        )
        self.lines.append(
            {
                "name": name,
                "feeder": feeder,
                "from_node": ends[0],
                "to_node": ends[1],
                "length_m": round(line.length_km * 1000, 3),
                "r_ohm_per_km": round(line.r_ohm_per_km, 6),
                "x_ohm_per_km": round(line.x_ohm_per_km, 6),
                "c_nf_per_km": round(line.c_nf_per_km, 3),
                "max_i_ka": round(line.max_i_ka, 4),
                "normally_open": int(normally_open),
                "cable": line.std_type,
                "coordinates": ";".join(f"{x:.6f} {y:.6f}" for x, y in places),
                "source_key": key,
            }
        )

    def transformer(
        self,
        trafo: Any,
        name: str,
        feeder: str,
        nodes: tuple[str, str],
        xy: tuple[float, float],
        key: str,
    ) -> None:
        self.transformers.append(
            {
                "name": name,
                "feeder": feeder,
                "rating_kva": round(trafo["sn_mva"] * 1000),
                "primary_voltage_v": round(trafo["vn_hv_kv"] * 1000),
                "secondary_voltage_v": round(trafo["vn_lv_kv"] * 1000),
                "phases": "ABC",
                "vk_percent": round(trafo["vk_percent"], 5),
                "vkr_percent": round(trafo["vkr_percent"], 5),
                "pfe_kw": trafo["pfe_kw"],
                "i0_percent": trafo["i0_percent"],
                "shift_degree": round(trafo["shift_degree"]),
                "tap_position": round(trafo["tap_pos"]),
                "tap_step_percent": trafo["tap_step_percent"],
                "from_node": nodes[0],
                "to_node": nodes[1],
                "max_fault_current_a": "",
                "x": f"{xy[0]:.6f}",
                "y": f"{xy[1]:.6f}",
                "source_key": key,
            }
        )

    def addresses(self, order: list[str], points: list[Row], postal_code: str) -> None:
        """Invented streets, given in the order in which the cables pass the houses."""
        rank = {node: position for position, node in enumerate(order)}
        points.sort(key=lambda row: rank[row["node"]])
        for position, row in enumerate(points):
            if position % HOUSES_PER_STREET == 0:
                street = next(self.streets)
            row.update(
                house_number=1 + position % HOUSES_PER_STREET,
                street=street,
                city="Alder Valley",
                postal_code=postal_code,
            )
        for row in points:
            row["name"] = f"SP-{len(self.service_points) + 1:05d}"
            self.service_points.append(row)


SUB_CODE = {"Alder Bridge": 1, "Fernhill": 2, "Weir Lane": 3}


def service_point(
    net: Any,
    bus: int,
    transformer: str,
    node: str,
    phases: str,
    volts: int,
    p_mw: float,
    q_mvar: float,
    minimum_mw: float,
    key: str,
) -> Row:
    xy = point(net.bus.geo[bus])
    return {
        "name": "",
        "transformer": transformer,
        "node": node,
        "phase_code": phases,
        "nominal_service_voltage_v": volts,
        "rated_current_a": SERVICE_RATING_A[phases],
        "load_kw": round(p_mw * 1000, 3),
        "load_kvar": round(q_mvar * 1000, 3),
        "minimum_load_kw": round(minimum_mw * 1000, 3),
        "max_fault_current_a": "",
        "x": f"{xy[0]:.6f}",
        "y": f"{xy[1]:.6f}",
        "source_key": key,
    }
