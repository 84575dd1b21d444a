"""People, companies and papers for tests, made through the services."""

from io import BytesIO
from struct import pack
from zlib import compress, crc32

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from customers.selectors import Customer, Provider, User, usage_points_named
from customers.services import link_account, register_customer
from derportal.roles import STAFF

PASSWORD = "a long password for tests"


def make_user(email: str, name: str, *roles: str, provider: Provider | None = None) -> User:
    """A person who can sign in."""
    first, last = name.split(" ", 1)
    user = User.objects.create_user(
        email, PASSWORD, first_name=first, last_name=last, is_staff=bool(set(roles) & set(STAFF))
    )
    user.provider = provider
    user.save()
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def make_customer(email: str, name: str, point: str) -> User:
    """A customer who linked the account of a service point, for example SP-00012."""
    user = make_user(email, name, "customer")
    customer = register_customer(user=user, name=name, phone="+1 555 010 0142")
    link_point(customer, point)
    return user


def link_point(customer: Customer, point: str) -> None:
    """Give the customer a service point with the account of its bill."""
    account = usage_points_named([point])[point].account
    assert account is not None
    link_account(customer=customer, account_number=account.number, usage_point_name=point)


def make_provider(name: str, kind: str = "installer") -> Provider:
    """An installer or a third party."""
    email = f"office@{name.lower().replace(' ', '')}.example"
    return Provider.objects.create(name=name, kind=kind, email=email)


def diagram_pdf(pages: int = 1) -> SimpleUploadedFile:
    """A one-line diagram as a PDF."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(300, 150))
    for number in range(1, pages + 1):
        canvas.drawString(20, 100, f"PV - inverter - disconnect - meter - grid, page {number}")
        canvas.showPage()
    canvas.save()
    return SimpleUploadedFile("diagram.pdf", out.getvalue(), content_type="application/pdf")


def diagram_png(width: int = 120, height: int = 80) -> SimpleUploadedFile:
    """A one-line diagram as a picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return SimpleUploadedFile("diagram.png", out.getvalue(), content_type="image/png")


def swelling_png() -> SimpleUploadedFile:
    """A small picture with a comment that is far too large once it is unpacked."""
    out = BytesIO()
    Image.new("RGB", (10, 10)).save(out, "PNG")
    content, begin = out.getvalue(), out.getvalue().index(b"IDAT") - 4
    data = b"k\x00\x00" + compress(b"a" * 3_000_000)
    comment = pack(">I", len(data)) + b"zTXt" + data + pack(">I", crc32(b"zTXt" + data))
    return SimpleUploadedFile("d.png", content[:begin] + comment + content[begin:])
