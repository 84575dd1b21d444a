"""The data: a plain table of 42 columns, and the same rows published for one endpoint."""

COLUMNS = {
    "mrid": "md5(n::text)::uuid",
    "version": "1::bigint",
    "state": "CASE WHEN n % 10 = 0 THEN 'decommissioned' ELSE 'active' END",
    "active_from": "timestamptz '2026-01-01' + n * interval '1 second'",
    "active_to": "NULL::timestamptz",
    "export_limit_w": "(5000 + n % 5000)::numeric(14,3)",
    "communication_protocol": "'IEEE 2030.5'::text",
    "usage_point_mrid": "md5('u' || n)::uuid",
    "usage_point_name": "'SP-' || lpad(n::text, 8, '0')",
    "phase_code": "'s12'::text",
    "nominal_service_voltage_v": "240",
    "substation_mrid": "md5('s' || n % 40)::uuid",
    "substation_name": "'Substation ' || n % 40",
    "feeder_mrid": "md5('f' || n % 200)::uuid",
    "feeder_name": "'Feeder ' || n % 200",
    "transformer_mrid": "md5('t' || n / 8)::uuid",
    "transformer_name": "'T-' || n / 8",
    "tariff_mrid": "md5('r' || n % 4)::uuid",
    "tariff_code": "'NEM-' || n % 4",
    "tariff_title": "'Net energy metering, schedule ' || n % 4",
    "tariff_version": "'2026-01'::text",
    "agreement_mrid": "md5('a' || n)::uuid",
    "accepted_at": "timestamptz '2025-12-01' + n * interval '1 second'",
    "agreement_active_from": "timestamptz '2026-01-01' + n * interval '1 second'",
    "text_sha256": "encode(sha256(n::text::bytea), 'hex')",
    "provider_mrid": "md5('p' || n % 5)::uuid",
    "provider_name": "'Provider ' || n % 5",
    "unit_mrid": "md5('i' || n)::uuid",
    "unit_kind": "'pv'::text",
    "manufacturer": "'Sunline'::text",
    "model": "'SL-' || n % 900",
    "serial_number": "'SN' || lpad(n::text, 10, '0')",
    "active_power_max_rating_w": "(5000 + n % 5000)::numeric(14,3)",
    "apparent_power_max_rating_va": "(5500 + n % 5000)::numeric(14,3)",
    "reactive_power_injected_max_rating_var": "(2400 + n % 500)::numeric(14,3)",
    "reactive_power_absorbed_max_rating_var": "(2400 + n % 500)::numeric(14,3)",
    "ac_voltage_nominal_rating_v": "240::numeric(14,3)",
    "ac_voltage_maximum_rating_v": "264::numeric(14,3)",
    "ac_voltage_minimum_rating_v": "211.2::numeric(14,3)",
    "normal_operating_performance_category": "'B'::text",
    "abnormal_operating_performance_category": "'III'::text",
}
PLAIN_TABLE = "bench_plainder"
MAKE_PLAIN = (
    f"CREATE UNLOGGED TABLE {PLAIN_TABLE} AS SELECT n::bigint AS id, "
    + ", ".join(f"{value.replace('%', '%%')} AS {name}" for name, value in COLUMNS.items())
    + " FROM generate_series(1, %(count)s) AS n"
)
PUBLISH = f"""
INSERT INTO exchange_publication
  (endpoint_id, object_mrid, object_version, document, etag, is_withdrawn, state, feeder_mrid,
   tariff_code, change_xid, change_number, listing_number)
SELECT %(endpoint)s, mrid, version, document, encode(sha256(document::bytea), 'hex'), false, state,
       feeder_mrid, tariff_code, 0, 0, 0
FROM (SELECT plain.*, row_to_json(plain)::text AS document FROM {PLAIN_TABLE} AS plain) AS made
ORDER BY id
"""
