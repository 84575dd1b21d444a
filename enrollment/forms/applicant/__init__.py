"""What an applicant is asked."""

from .acts import AcceptForm, AnswerForm, InstalledForm, WithdrawForm
from .equipment import EquipmentForm
from .people import ConsentForm, LinkAccountForm, RegisterForm, StartForm
from .questions import PROTOCOLS, DiagramForm, OperationForm, SiteForm

__all__ = [
    "PROTOCOLS",
    "AcceptForm",
    "AnswerForm",
    "ConsentForm",
    "DiagramForm",
    "EquipmentForm",
    "InstalledForm",
    "LinkAccountForm",
    "OperationForm",
    "RegisterForm",
    "SiteForm",
    "StartForm",
    "WithdrawForm",
]
