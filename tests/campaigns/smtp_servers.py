"""Real SMTP servers on loopback: aiosmtpd for what works, a scripted one for what goes wrong."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Inbox:
    """Collects what arrives; `answers` are given to RCPT or DATA instead of 250, one each, until they are used up.

    While it is held(), whoever sends to that address waits for the answer.
    """

    def __init__(self):
        self.mails, self.rcpt_answers, self.data_answers = [], [], []
        self._arrived = threading.Condition()
        self._held, self._is_held, self._may_answer = None, threading.Event(), threading.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_answers and (answer := self.rcpt_answers.pop(0)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answers and (answer := self.data_answers.pop(0)):
            return answer
        if envelope.rcpt_tos[0] == self._held:
            self._is_held.set()
            await asyncio.to_thread(self._may_answer.wait, 30)
        with self._arrived:
            self.mails.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content))
            self._arrived.notify_all()
        return "250 OK queued"

    @contextmanager
    def held(self, email):
        """No answer to a mail for `email` until the end of the block."""
        self._held = email
        try:
            yield
        finally:
            self._may_answer.set()

    def wait_for_held(self, seconds=20):
        """Until that mail is there."""
        assert self._is_held.wait(seconds), f"it did not come, only {self.recipients}"

    @property
    def recipients(self):
        return [to for _, to, _ in self.mails]

    def message(self, index=0):
        return message_from_bytes(self.mails[index][2])

    def text_about(self, subject, seconds=20):
        """The plain text of the first mail with this subject, awaited."""

        def found():
            return next((mail for mail in self.messages() if mail["Subject"] == subject), None)

        with self._arrived:
            assert self._arrived.wait_for(found, seconds), f"no mail about {subject!r} came, only {self.recipients}"
            return found().get_body(("plain",)).get_content()

    def messages(self):
        return [message_from_bytes(raw, policy=default) for _, _, raw in self.mails]


class _Controller(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]  # 0 meant any that is free
        super()._trigger_server()


@contextmanager
def mail_server(**options):
    """An Inbox behind a real server; `.url` is its MAIL_URL."""
    inbox = Inbox()
    controller = _Controller(inbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    inbox.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield inbox
    finally:
        controller.stop()


def password_required(user, password):
    """Options of a mail_server() that wants a password."""

    def check(server, session, envelope, mechanism, auth):
        right = (auth.login.decode(), auth.password.decode()) == (user, password)
        return AuthResult(success=right, handled=False)

    return {"authenticator": check, "auth_required": True, "auth_require_tls": False}


class Script:
    """What a scripted server received, and how often somebody connected."""

    def __init__(self, url):
        self.url, self.lines, self.connections = url, [], 0


@contextmanager
def scripted_server(**answers):
    """A server that answers each command by `answers[command]`: a reply, None to hang up, or a list of them in turn.

    `greeting`, `ehlo`, `mail`, `rcpt`, `data` and `dot` (after the message) are known; the rest is answered 250.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    script = Script(f"smtp://127.0.0.1:{listener.getsockname()[1]}")
    turns = {name: list(value) if isinstance(value, list) else None for name, value in answers.items()}

    def answer(name, usual):
        if name not in answers:
            return usual
        if turns[name] is None:
            return answers[name]
        return turns[name].pop(0) if turns[name] else usual

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            script.connections += 1
            with connection, connection.makefile("rb") as reader:
                _talk(connection, reader, script, answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept()
        listener.close()
        thread.join(5)


def _talk(connection, reader, script, answer):
    def say(reply):
        if reply is None:
            return False
        connection.sendall(reply.encode() + b"\r\n")
        return True

    if not say(answer("greeting", "220 ready")):
        return
    while line := reader.readline():
        script.lines.append(line.decode().strip())
        command = line[:4].decode().strip().lower()
        if command == "quit":
            return
        if not say(answer(command, "354 go on" if command == "data" else "250 fine")):
            return
        if command == "data" and script.lines[-1] == "DATA":
            while (body := reader.readline()) not in (b".\r\n", b""):
                script.lines.append(body.decode().strip())
            if not say(answer("dot", "250 taken")):
                return
