"""A real IMAP server on loopback, pymap, that keeps its mail in memory: several accounts, any folders, IDLE."""

import asyncio
import socket
import threading
from argparse import Namespace
from contextlib import AsyncExitStack, contextmanager

from webapp.core.clock import now
from webapp.mail.mailbox_models import Security

USER, PASSWORD = "mara@halden.example", "hush-hush"  # as in tests/mail/mailboxes.py


class ImapServer:
    """Calls into the server's own thread. An account is there from its first use; its password is PASSWORD."""

    def __init__(self, loop, login, port):
        self._loop, self._login, self.port = loop, login, port

    def mailbox_fields(self, user=USER):
        """What a Mailbox row (or mailboxes.add()) needs to read this account."""
        self._do(self._session(user))
        return {
            "imap_host": "127.0.0.1", "imap_port": self.port, "imap_security": Security.NONE,
            "username": user, "password": PASSWORD,
        }  # fmt: skip

    def append(self, raw, folder="INBOX", *, user=USER, when=None):
        """Put a mail (bytes) into a folder, made when there is none; returns its UID."""
        return self.append_all([raw], folder, user=user, when=when)[0]

    def append_all(self, raws, folder="INBOX", *, user=USER, when=None):
        """As append(), for many mails."""
        return self._do(self._append(user, folder, raws, when or now()))

    def add_folder(self, name, *, user=USER):
        self._do(self._folder(user, name))

    def remove_folder(self, name, *, user=USER):
        self._do(self._remove(user, name))

    def flags(self, folder="INBOX", *, user=USER):
        """{uid: flags} of a folder: what somebody who reads must leave as it was."""
        return self._do(self._flags(user, folder))

    def uid_validity(self, folder="INBOX", *, user=USER):
        return self._do(self._folder(user, folder)).uid_validity

    def delete(self, uid, folder="INBOX", *, user=USER):
        self._do(self._delete(user, folder, uid))

    def renumber(self, folder="INBOX", *, user=USER):
        """Give the folder another UIDVALIDITY and its mails other UIDs, as a server does that lost its index."""
        self._do(self._renumber(user, folder))

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _session(self, user):
        from pymap.backend.dict import Identity
        from pymap.user import UserMetadata

        config = self._login.config
        self._login.users_dict.setdefault(user, UserMetadata(config, user, password=PASSWORD))
        async with Identity(user, self._login, None, frozenset()).new_session() as one:
            return one.mailbox_set

    async def _folder(self, user, name):
        folders = await self._session(user)
        try:
            return await folders.get_mailbox(name)
        except KeyError:
            await folders.add_mailbox(name)
            return await folders.get_mailbox(name)

    async def _remove(self, user, name):
        await (await self._session(user)).delete_mailbox(name)

    async def _append(self, user, folder, raws, when):
        from pymap.parsing.message import AppendMessage

        into = await self._folder(user, folder)
        return [(await into.append(AppendMessage(raw, when), recent=True)).uid for raw in raws]

    async def _flags(self, user, folder):
        found = await self._folder(user, folder)
        return {mail.uid: {str(flag) for flag in mail.permanent_flags} async for mail in found.messages()}

    async def _delete(self, user, folder, uid):
        await (await self._folder(user, folder)).delete([uid])

    async def _renumber(self, user, folder):
        found = await self._folder(user, folder)
        mails = [mail async for mail in found.messages()]
        found._uid_validity += 1
        found._messages.clear()
        found._max_uid = 0
        for mail in mails:
            found._max_uid += 1
            found._messages[found._max_uid] = mail.copy(mail, uid=found._max_uid)


@contextmanager
def imap_server():
    """An ImapServer that runs until the end of the block."""
    loop = asyncio.new_event_loop()
    is_ready, state = threading.Event(), {}

    def run():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_serve(is_ready, state))
        loop.close()

    thread = threading.Thread(target=run, daemon=True, name="imap-server")
    thread.start()
    assert is_ready.wait(20), "the IMAP server did not start"
    try:
        yield ImapServer(loop, state["login"], state["port"])
    finally:
        loop.call_soon_threadsafe(state["end"].set)
        thread.join(10)


async def _serve(is_ready, state):
    from pymap.backend.dict import Config, DictBackend, Login
    from pymap.imap import IMAPService
    from pysasl.hashing import Cleartext

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()  # pymap wants to open it itself
    args = Namespace(passlib_cfg=None, proxy_protocol=None, inherited_sockets=None)
    options = {"demo_data": False, "demo_user": USER, "demo_password": PASSWORD, "hash_context": Cleartext()}
    config = Config(args, host="127.0.0.1", port=port, tls_enabled=False, invalid_user_sleep=0, **options)
    config.apply_context()
    login, end = Login(config), asyncio.Event()
    async with AsyncExitStack() as stack:
        await IMAPService(DictBackend(login, config), config).start(stack)
        state.update(login=login, port=port, end=end)
        is_ready.set()
        await end.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
