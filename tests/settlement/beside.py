"""Something done beside the test, at the same moment."""

import threading

from django.db import connections


class Beside:
    """Does something on a connection of its own; `done` says when it has."""

    def __init__(self, verb):
        self.done, self.error, self.result = threading.Event(), None, None

        def run():
            try:
                self.result = verb()
            except Exception as error:
                self.error = error
            finally:
                self.done.set()
                connections.close_all()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def finish(self):
        self.thread.join(30)
        assert self.done.is_set()
        assert self.error is None
        return self.result
