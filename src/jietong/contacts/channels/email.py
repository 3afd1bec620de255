"""E-mail through SMTP, whatever server the site names."""

from __future__ import annotations

import smtplib
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from jietong.contacts.channels import ChannelError, Outgoing


class Smtp:
    def send(self, message: Outgoing, *, now: datetime) -> None:
        """One plain-text mail. Its Message-ID is our reference, so that a bounce finds its attempt again."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
        mail = EmailMessage(
            subject=message.subject,
            body=message.body,
            to=[message.address],
            connection=get_connection("django.core.mail.backends.smtp.EmailBackend"),
            headers={"Message-ID": f"<{message.ref}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        try:
            mail.send(fail_silently=False)
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(f"SMTP server {settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {error}") from error
