"""What a customer accepted stays as it was: the version, the text, and when it held.

A version that is accepted may still be closed to new applications once (valid_to set).
"""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION tariffs_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM tariffs_customeragreement WHERE tariff_version_id = OLD.id) THEN
        RAISE EXCEPTION 'tariff version % was accepted by customers and cannot change', OLD.mrid
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tariffs_version_accepted_stays
    BEFORE UPDATE ON tariffs_tariffversion FOR EACH ROW
    WHEN ((OLD.tariff_id, OLD.mrid, OLD.version, OLD.valid_from, OLD.currency, OLD.rules,
           OLD.pricing, OLD.facts, OLD.terms_text, OLD.terms_sha256)
          IS DISTINCT FROM
          (NEW.tariff_id, NEW.mrid, NEW.version, NEW.valid_from, NEW.currency, NEW.rules,
           NEW.pricing, NEW.facts, NEW.terms_text, NEW.terms_sha256)
          OR (OLD.valid_to IS NOT NULL AND OLD.valid_to IS DISTINCT FROM NEW.valid_to))
    EXECUTE FUNCTION tariffs_refuse_version_change();

CREATE FUNCTION tariffs_refuse_agreement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'agreement % was accepted and cannot change: % refused', OLD.mrid, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tariffs_agreement_stays
    BEFORE UPDATE ON tariffs_customeragreement FOR EACH ROW
    WHEN ((OLD.mrid, OLD.tariff_version_id, OLD.der_id, OLD.customer_id, OLD.accepted_by_id,
           OLD.accepted_name, OLD.accepted_at, OLD.text, OLD.text_sha256)
          IS DISTINCT FROM
          (NEW.mrid, NEW.tariff_version_id, NEW.der_id, NEW.customer_id, NEW.accepted_by_id,
           NEW.accepted_name, NEW.accepted_at, NEW.text, NEW.text_sha256)
          OR (OLD.active_from IS NOT NULL AND OLD.active_from IS DISTINCT FROM NEW.active_from)
          OR (OLD.active_to IS NOT NULL AND OLD.active_to IS DISTINCT FROM NEW.active_to)
          OR (OLD.superseded_at IS NOT NULL
              AND OLD.superseded_at IS DISTINCT FROM NEW.superseded_at))
    EXECUTE FUNCTION tariffs_refuse_agreement_change();
CREATE TRIGGER tariffs_agreement_kept
    BEFORE DELETE ON tariffs_customeragreement
    FOR EACH ROW EXECUTE FUNCTION tariffs_refuse_agreement_change();

CREATE FUNCTION tariffs_check_agreement_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') <> NEW.text_sha256 THEN
        RAISE EXCEPTION 'text_sha256 is not the SHA-256 of the text'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tariffs_agreement_hash
    BEFORE INSERT ON tariffs_customeragreement
    FOR EACH ROW EXECUTE FUNCTION tariffs_check_agreement_hash();
"""
BACKWARD = """
DROP TRIGGER tariffs_agreement_hash ON tariffs_customeragreement;
DROP FUNCTION tariffs_check_agreement_hash();
DROP TRIGGER tariffs_agreement_kept ON tariffs_customeragreement;
DROP TRIGGER tariffs_agreement_stays ON tariffs_customeragreement;
DROP FUNCTION tariffs_refuse_agreement_change();
DROP TRIGGER tariffs_version_accepted_stays ON tariffs_tariffversion;
DROP FUNCTION tariffs_refuse_version_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tariffs", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
