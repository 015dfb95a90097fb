"""Entries: tickets that are good once, what is kept of a picture, votes, and the board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from trickcore.classroom import rows
from trickcore.classroom.challenges import KINDS
from trickcore.classroom.records import Board, Challenge, Entry, Refused, Score
from trickcore.classroom.rows import hashed, new_token
from trickcore.classroom.scores import voted
from trickcore.classroom.tables import ChallengeRow, EntryRow, PupilRow, TicketRow, VoteRow
from trickcore.jobs.classroom import Measured
from trickcore.language import _

MOST = 300  # hand-ins of a pupil in one challenge
TICKETS = 20  # that a pupil can hold unused: those made last
LATEST = 5

Votes = dict[int, dict[int, int]]  # by entry, then by digit


def make_ticket(session: Session, pupil: PupilRow, now: float) -> str:
    """A new ticket. The oldest that were not used are dropped, so that asking often fills nothing."""
    unused = sa.select(TicketRow).where(TicketRow.pupil_id == pupil.id, TicketRow.used.is_(False))
    held = session.scalars(unused.order_by(TicketRow.made.desc())).all()
    for old in held[TICKETS - 1 :]:
        session.delete(old)
    ticket = new_token()
    session.add(TicketRow(digest=hashed(ticket), pupil_id=pupil.id, made=now))
    return ticket


def spend(session: Session, pupil: PupilRow, ticket: str) -> None:
    """Raises Refused for a ticket that was used, that is another's, or that nobody made."""
    row = session.get(TicketRow, hashed(ticket))
    if row is None or row.used or row.pupil_id != pupil.id:
        raise Refused(_("This picture was handed in already. Press the button again for another one."))
    row.used = True


def give_back(session: Session, ticket: str) -> None:
    """A picture that was refused leaves its ticket good."""
    session.execute(sa.update(TicketRow).where(TicketRow.digest == hashed(ticket)).values(used=False))


def check_room(session: Session, pupil: PupilRow, challenge: ChallengeRow) -> None:
    mine = sa.select(sa.func.count()).where(
        EntryRow.pupil_id == pupil.id, EntryRow.challenge_id == challenge.id
    )
    if (session.scalar(mine) or 0) >= MOST:
        raise Refused(
            _("You have handed in {most} pictures, which is the most for one challenge.", most=MOST)
        )


def keep(
    session: Session,
    pupil: PupilRow,
    challenge: ChallengeRow,
    measured: Measured,
    score: Score,
    now: float,
) -> EntryRow:
    """The row of a measured hand-in. Raises Refused for a picture that this pupil has handed in before."""
    same = sa.select(EntryRow.id).where(
        EntryRow.pupil_id == pupil.id,
        EntryRow.challenge_id == challenge.id,
        EntryRow.digest == measured.digest,
    )
    if session.scalar(same) is not None:
        raise Refused(_("You have handed in this very picture before. Change something and try again."))
    said = measured.said[0]
    row = EntryRow(
        challenge_id=challenge.id,
        pupil_id=pupil.id,
        value=score.value,
        words=score.words[:],  # in the language of whoever hands in
        reached=score.reached,
        at=now,
        digest=measured.digest,
        png=measured.png,
        thumbnail=measured.thumbnail,
        answer=said.name,
        probability=said.probability,
    )
    session.add(row)
    session.flush()
    return row


def votes_in(session: Session, challenge_id: int) -> Votes:
    """How often each digit was read, for each entry of a challenge that was voted on."""
    counted = (
        sa.select(VoteRow.entry_id, VoteRow.digit, sa.func.count())
        .join(EntryRow, EntryRow.id == VoteRow.entry_id)
        .where(EntryRow.challenge_id == challenge_id)
        .group_by(VoteRow.entry_id, VoteRow.digit)
        .order_by(VoteRow.digit)
    )
    found: Votes = {}
    for entry, digit, count in session.execute(counted):
        found.setdefault(entry, {})[digit] = count
    return found


def votes_on(session: Session, entry_id: int) -> dict[int, int]:
    """How often each digit was read in one picture."""
    counted = sa.select(VoteRow.digit, sa.func.count()).where(VoteRow.entry_id == entry_id)
    ordered = session.execute(counted.group_by(VoteRow.digit).order_by(VoteRow.digit))
    return {row[0]: row[1] for row in ordered}


def vote(session: Session, pupil: PupilRow, challenge: ChallengeRow, entry_id: int, digit: int) -> None:
    """What a pupil reads in another's picture; the last vote counts. Raises Refused."""
    entry = session.get(EntryRow, entry_id) if rows.is_id(entry_id) else None
    if entry is None or entry.challenge_id != challenge.id or challenge.wanted is None:
        raise Refused(_("This picture is no longer to be voted on."))
    if entry.pupil_id == pupil.id:
        raise Refused(_("You know what you drew: others vote on your picture."))
    if type(digit) is not int or not 0 <= digit <= 9:
        raise Refused(_("Choose the digit that you read, from 0 to 9."))
    session.merge(VoteRow(entry_id=entry_id, pupil_id=pupil.id, digit=digit))


def unread(session: Session, pupil: PupilRow, challenge: ChallengeRow) -> int | None:
    """The entry that this pupil should vote on next: of those that fool the network the one with the fewest
    votes, the oldest first."""
    count = sa.func.count(VoteRow.pupil_id)
    mine = sa.select(VoteRow.entry_id).where(VoteRow.pupil_id == pupil.id)
    left = (
        sa.select(EntryRow.id)
        .outerjoin(VoteRow, VoteRow.entry_id == EntryRow.id)
        .join(PupilRow, PupilRow.id == EntryRow.pupil_id)
        .where(
            EntryRow.challenge_id == challenge.id,
            EntryRow.reached,
            EntryRow.pupil_id != pupil.id,
            EntryRow.id.not_in(mine),
            PupilRow.hidden.is_(False),
        )
        .group_by(EntryRow.id)
        .order_by(count, EntryRow.id)
        .limit(1)
    )
    return session.scalar(left)


def read(session: Session, challenge: Challenge, *, hidden: bool = False) -> list[Entry]:
    """All hand-ins of a challenge in their order, without any pictures; those of hidden pupils if asked.

    The order is that in which they were written, whatever a clock that was put back has said meanwhile.
    """
    columns = (
        EntryRow.id,
        EntryRow.pupil_id,
        PupilRow.nickname,
        EntryRow.value,
        EntryRow.words,
        EntryRow.reached,
        EntryRow.at,
        EntryRow.answer,
        EntryRow.probability,
    )
    rows = session.execute(
        sa.select(*columns)
        .join(PupilRow, PupilRow.id == EntryRow.pupil_id)
        .where(EntryRow.challenge_id == challenge.id, sa.or_(PupilRow.hidden.is_(False), sa.literal(hidden)))
        .order_by(EntryRow.id)
    ).all()
    votes = votes_in(session, challenge.id) if challenge.wanted is not None and challenge.id else {}
    entries, nobody = [], True
    for row in rows:
        score = Score(row.value, row.words, row.reached)
        if challenge.wanted is not None:
            score = voted(score, votes.get(row.id, {}), challenge.wanted)
        first, nobody = score.reached and nobody, nobody and not score.reached
        entries.append(
            Entry(
                row.id,
                row.pupil_id,
                row.nickname,
                score,
                row.at,
                b"",
                b"",
                row.answer,
                row.probability,
                first,
            )
        )
    return entries


def bests(entries: Iterable[Entry], smaller: bool) -> list[Entry]:
    """The best of each pupil: those that count, best first, ties by time; then all others by time, the last
    that each of them handed in."""
    counted: dict[int, Entry] = {}
    others: dict[int, Entry] = {}
    for entry in entries:
        (counted if entry.score.reached else others)[entry.pupil_id] = (
            min(entry, counted.get(entry.pupil_id, entry), key=lambda one: _place(one, smaller))
            if entry.score.reached
            else entry
        )
    placed = sorted(counted.values(), key=lambda one: _place(one, smaller))
    return placed + sorted(
        (entry for pupil, entry in others.items() if pupil not in counted), key=lambda one: one.id
    )


def _place(entry: Entry, smaller: bool) -> tuple[float, int]:
    value = entry.score.value or 0.0
    return (value if smaller else -value), entry.id


def board(session: Session, challenge: Challenge | None, pupils: int) -> Board:
    if challenge is None:
        return Board((), (), pupils, None)
    everything = read(session, challenge)
    best = bests(everything, KINDS[challenge.kind].smaller)
    latest = everything[::-1][:LATEST]
    first = [entry for entry in everything if entry.first]
    best, latest, first = (with_thumbnails(session, some) for some in (best, latest, first))
    return Board(tuple(best), tuple(latest), pupils, first[0] if first else None)


def with_pictures(session: Session, entry: Entry) -> Entry:
    row = session.execute(sa.select(EntryRow.png, EntryRow.thumbnail).where(EntryRow.id == entry.id)).one()
    return replace(entry, png=row.png, thumbnail=row.thumbnail)


def with_thumbnails(session: Session, some: Sequence[Entry]) -> list[Entry]:
    wanted = sa.select(EntryRow.id, EntryRow.thumbnail).where(EntryRow.id.in_([one.id for one in some]))
    found = {row.id: row.thumbnail for row in session.execute(wanted)}
    return [replace(entry, thumbnail=found[entry.id]) for entry in some]
