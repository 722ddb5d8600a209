"""The pool of an engine for single look-ups, which lends a connection in a fraction of the time.

What SQLAlchemy's own pool does when it lends a connection and takes it back takes longer than the
look-up. Here the last ones stay at hand between two look-ups.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Pool, QueuePool
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection

AT_HAND = 2  # of the 15 that the pool lends at most: the others are for transactions


class LendingPool(QueuePool):
    """SQLAlchemy's pool, with connections at hand; safe to use from several threads."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._at_hand: list[PoolProxiedConnection] = []  # append and pop are atomic

    def lend(self) -> PoolProxiedConnection:
        """One at hand, if the engine's listeners still let it be used, or one of the pool's."""
        while self._at_hand:
            try:
                found = self._at_hand.pop()
            except IndexError:  # another thread was first
                break
            if self._is_current(found):
                return found
            found.invalidate()
        return self.connect()

    def take_back(self, connection: PoolProxiedConnection) -> None:
        if connection.is_valid and len(self._at_hand) < AT_HAND:
            self._at_hand.append(connection)
        else:
            connection.close()

    def dispose(self) -> None:
        while self._at_hand:
            self._at_hand.pop().close()
        super().dispose()

    def _is_current(self, connection: PoolProxiedConnection) -> bool:
        """Whether the engine's listeners would let it be used, as when SQLAlchemy lends one."""
        try:
            self.dispatch.checkout(connection.dbapi_connection, connection, connection)
        except DisconnectionError:
            return False
        return True


def lend(pool: Pool) -> PoolProxiedConnection:
    """A connection for one look-up, from whatever pool. Raises the driver's errors."""
    return pool.lend() if isinstance(pool, LendingPool) else pool.connect()


def take_back(pool: Pool, connection: PoolProxiedConnection) -> None:
    """End the look-up. A connection in which anything failed must have been invalidated."""
    if isinstance(pool, LendingPool):
        pool.take_back(connection)
    else:
        connection.close()
