"""The schema, as numbered steps. A step that has been released is never edited: a change is a new step.

Times are milliseconds since 1970 (UTC). `by_agent` marks whatever an agent wrote or did.
"""

from __future__ import annotations

import sqlite3

import aiosqlite

from nanoverse.store.errors import StoreError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE fact (                       -- single values: world seed, tick, admin token hash …
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE player (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: folders have its name
        name TEXT NOT NULL,
        skeleton TEXT NOT NULL UNIQUE,        -- what two names must not share: how they look
        password TEXT NOT NULL,               -- scrypt$n$r$p$salt$hash
        look INTEGER NOT NULL,
        admin INTEGER NOT NULL DEFAULT 0,
        created INTEGER NOT NULL,
        seen INTEGER NOT NULL                 -- when the player was last connected
    );

    CREATE TABLE session (
        token_hash BLOB PRIMARY KEY,          -- SHA-256; the token itself is only in the cookie
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX session_by_player ON session (player);

    CREATE TABLE body (
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        x INTEGER NOT NULL,                   -- units of 1/256 tile
        y INTEGER NOT NULL,
        facing INTEGER NOT NULL,
        selected INTEGER NOT NULL,
        slots TEXT NOT NULL                   -- JSON [[block, count], …]
    );

    CREATE TABLE edit (                       -- where the world differs from what its seed grows
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        layer INTEGER NOT NULL,
        block INTEGER NOT NULL,
        player INTEGER,
        by_agent INTEGER NOT NULL,
        time INTEGER NOT NULL,
        PRIMARY KEY (x, y, layer)
    ) WITHOUT ROWID;

    CREATE TABLE visit (                      -- where a player likes to be; their agent goes there too
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        x INTEGER NOT NULL,                   -- tiles, in steps of 16
        y INTEGER NOT NULL,
        seconds INTEGER NOT NULL,
        PRIMARY KEY (player, x, y)
    ) WITHOUT ROWID;

    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: references keep their meaning
        channel INTEGER NOT NULL,
        sender INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        recipient INTEGER REFERENCES player ON DELETE CASCADE,
        text TEXT NOT NULL,
        time INTEGER NOT NULL,
        by_agent INTEGER NOT NULL,
        version INTEGER NOT NULL DEFAULT 0,   -- adapter version that wrote it; 0: none did
        scene TEXT,                           -- learning.dialogue.Scene as JSON, when it was written
        reply_to INTEGER REFERENCES message ON DELETE SET NULL -- what an agent answers with it
    );
    CREATE INDEX message_by_reply ON message (reply_to) WHERE reply_to IS NOT NULL;
    CREATE INDEX message_by_sender ON message (sender, id);
    CREATE INDEX message_private ON message (recipient, sender, id) WHERE recipient IS NOT NULL;
    CREATE INDEX message_by_channel ON message (channel, id);

    CREATE TABLE heard (                      -- who was within earshot of a nearby message, sender included
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        PRIMARY KEY (player, message)
    ) WITHOUT ROWID;
    CREATE INDEX heard_by_message ON heard (message, player);

    CREATE TABLE read_mark (
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        channel INTEGER NOT NULL,
        peer INTEGER NOT NULL,                -- 0 unless private
        message INTEGER NOT NULL,
        PRIMARY KEY (player, channel, peer)
    ) WITHOUT ROWID;

    CREATE TABLE reaction (
        message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        value INTEGER NOT NULL CHECK (value IN (-1, 1)),
        time INTEGER NOT NULL,
        PRIMARY KEY (message, player)
    ) WITHOUT ROWID;
    CREATE INDEX reaction_by_player ON reaction (player);

    CREATE TABLE draft (                      -- every text that an agent's model made for a message
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        text TEXT NOT NULL,
        version INTEGER NOT NULL,
        prompt TEXT NOT NULL CHECK (json_valid(prompt)), -- JSON {scene, turns: [{speaker, text}, …]}
        time INTEGER NOT NULL
    );
    CREATE INDEX draft_by_message ON draft (message);

    CREATE TABLE pick (                       -- which of several drafts the partner preferred
        message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        draft INTEGER NOT NULL REFERENCES draft ON DELETE CASCADE,
        time INTEGER NOT NULL
    );
    CREATE INDEX pick_by_draft ON pick (draft);

    CREATE TABLE correction (                 -- what the owner would have said instead
        message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        text TEXT NOT NULL,
        time INTEGER NOT NULL
    );

    CREATE TABLE consent (                    -- player allows training on private talk with peer; both must
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        time INTEGER NOT NULL,
        PRIMARY KEY (player, peer)
    ) WITHOUT ROWID;

    CREATE TABLE adapter_version (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        folder TEXT NOT NULL,                 -- below the adapters folder: <player id>/<version id>
        base TEXT NOT NULL,                   -- fingerprint of the base model it belongs to
        messages INTEGER NOT NULL,
        gain REAL NOT NULL,                   -- nats per token over the base on held-out words
        note TEXT NOT NULL,
        created INTEGER NOT NULL,
        went_live INTEGER                     -- NULL: never did, so its folder may be missing or half written
    );
    CREATE INDEX adapter_version_by_player ON adapter_version (player, id);

    CREATE TABLE live_adapter (
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        version INTEGER NOT NULL REFERENCES adapter_version ON DELETE CASCADE
    );

    CREATE TABLE night (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        due TEXT NOT NULL,                    -- local date and time, ISO; '' when asked for by hand
        started INTEGER NOT NULL,
        finished INTEGER
    );

    CREATE TABLE night_result (
        night INTEGER NOT NULL REFERENCES night ON DELETE CASCADE,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        result TEXT NOT NULL,                 -- live, refused, skipped or failed
        reason TEXT NOT NULL,
        gain REAL,
        seconds REAL NOT NULL,
        PRIMARY KEY (night, player)
    ) WITHOUT ROWID;
    """,
    """
    -- Set once a version's folder is whole; a NULL means that it may be missing or half written. A version may
    -- now be whole without ever having been live.
    ALTER TABLE adapter_version RENAME COLUMN went_live TO offered;

    CREATE TABLE owner_choice (               -- what is live (or that nothing is) was chosen by the player: no
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE, -- training changes it
        time INTEGER NOT NULL
    );
    """,
    """
    ALTER TABLE adapter_version ADD COLUMN left INTEGER; -- when it last ceased to be live; NULL: it never did
    """,
    """
    ALTER TABLE night_result ADD COLUMN figures TEXT NOT NULL DEFAULT ''; -- what the gate measured, for the admin
    """,
    """
    ALTER TABLE night_result ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;  -- that it went by
    ALTER TABLE night_result ADD COLUMN left_out TEXT NOT NULL DEFAULT '{}';  -- JSON {reason: number of messages}
    """,
    """
    CREATE TABLE deed (                       -- what an agent did with its player's body, for the player to read
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        since INTEGER NOT NULL,               -- the first deed of this absence
        verb TEXT NOT NULL,                   -- gathered, placed, made
        what TEXT NOT NULL,
        count INTEGER NOT NULL,
        x INTEGER NOT NULL,                   -- the tile where it was done last
        y INTEGER NOT NULL,
        time INTEGER NOT NULL,                -- when it was done last
        PRIMARY KEY (player, since, verb, what)
    ) WITHOUT ROWID;

    CREATE TABLE digest_mark (                -- which part of their agent's life a player read last
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        after_message INTEGER NOT NULL,
        to_message INTEGER NOT NULL,
        after_time INTEGER NOT NULL,
        to_time INTEGER NOT NULL
    );
    -- Who lived here before there were digests does not get all those years in one.
    INSERT INTO digest_mark
        SELECT player.id, newest, newest, seen, seen FROM player, (SELECT coalesce(max(id), 0) AS newest FROM message);

    ALTER TABLE message ADD COLUMN taken_back INTEGER; -- when its player took back what their agent had said
    """,
    """
    CREATE TABLE learnt (                     -- what a version took up, as its player is shown it
        version INTEGER PRIMARY KEY REFERENCES adapter_version ON DELETE CASCADE,
        gain REAL,                            -- nats per token over the version before; NULL: there was none
        words TEXT NOT NULL,                  -- JSON [text, …]
        phrases TEXT NOT NULL                 -- likewise
    );

    CREATE TABLE answered (                   -- one prompt, answered by a version and by the one before it
        version INTEGER NOT NULL REFERENCES learnt ON DELETE CASCADE,
        place INTEGER NOT NULL,
        asker INTEGER REFERENCES player ON DELETE CASCADE, -- whose words were answered; NULL: not known
        speaker TEXT NOT NULL,
        heard TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        PRIMARY KEY (version, place)
    ) WITHOUT ROWID;
    CREATE INDEX answered_by_asker ON answered (asker);
    """,
    """
    CREATE TABLE claim (                      -- plots of land, see world.land
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        time INTEGER NOT NULL,
        PRIMARY KEY (x, y)
    ) WITHOUT ROWID;
    CREATE INDEX claim_by_player ON claim (player);

    CREATE TABLE guest (                      -- who may build on all of an owner's land
        owner INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        guest INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        PRIMARY KEY (owner, guest)
    ) WITHOUT ROWID;
    CREATE INDEX guest_by_guest ON guest (guest);
    """,
    """
    ALTER TABLE adapter_version ADD COLUMN withdrawn TEXT; -- why it was taken back; NULL: it was not
    """,
    """
    CREATE TABLE chest (                      -- those in which something lies
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        slots TEXT NOT NULL,                  -- JSON [[block, count], …]
        PRIMARY KEY (x, y)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE body ADD COLUMN home_x INTEGER;   -- the tile of its bed; NULL: it has none
    ALTER TABLE body ADD COLUMN home_y INTEGER;

    CREATE TABLE sign (
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        text TEXT NOT NULL,
        player INTEGER REFERENCES player ON DELETE CASCADE,
        time INTEGER NOT NULL,
        PRIMARY KEY (x, y)
    ) WITHOUT ROWID;
    CREATE INDEX sign_by_player ON sign (player);
    """,
    """
    CREATE TABLE change (                     -- who changed what; the newest, see store.changes
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        layer INTEGER NOT NULL,
        before INTEGER NOT NULL,
        after INTEGER NOT NULL,
        player INTEGER,                       -- NULL: the account is gone
        by_agent INTEGER NOT NULL,
        gave INTEGER NOT NULL,                -- the block that the player got for it, 0: none
        cost INTEGER NOT NULL,                -- the block that the player spent on it, 0: none
        time INTEGER NOT NULL,
        undone INTEGER                        -- when a roll-back took it back
    );
    """,
    """
    CREATE TABLE shun (                       -- whom a player does not want to hear
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        blocked INTEGER NOT NULL,             -- 0: muted, so private words still arrive
        time INTEGER NOT NULL,
        PRIMARY KEY (player, peer)
    ) WITHOUT ROWID;
    CREATE INDEX shun_by_peer ON shun (peer);

    CREATE TABLE report (                     -- what a player told the admin about another
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        message INTEGER REFERENCES message ON DELETE SET NULL,
        text TEXT NOT NULL,                   -- what the message said when it was reported
        by_agent INTEGER NOT NULL,
        reason TEXT NOT NULL,
        time INTEGER NOT NULL,
        handled INTEGER                       -- when the admin had looked at it
    );
    CREATE INDEX report_by_player ON report (player);
    CREATE INDEX report_by_peer ON report (peer);
    CREATE INDEX report_by_message ON report (message);
    """,
    """
    CREATE INDEX change_by_place ON change (x, y, layer); -- a roll-back looks at all changes of a tile
    """,
    """
    CREATE TABLE conduct (                    -- how much a player's agent may do
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        level INTEGER NOT NULL,               -- 0 watch, 1 draft, 2 reply, 3 act
        quiet_from INTEGER NOT NULL,          -- minutes of the player's day; equal: no quiet hours
        quiet_to INTEGER NOT NULL,
        utc_offset INTEGER NOT NULL           -- minutes
    );

    CREATE TABLE unsent (                     -- what an agent that only drafts would have said
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        channel INTEGER NOT NULL,
        peer INTEGER REFERENCES player ON DELETE CASCADE,
        reply_to INTEGER REFERENCES message ON DELETE CASCADE,
        text TEXT NOT NULL,
        version INTEGER NOT NULL,
        prompt TEXT NOT NULL,
        time INTEGER NOT NULL
    );
    CREATE INDEX unsent_by_player ON unsent (player);
    CREATE INDEX unsent_by_peer ON unsent (peer);
    CREATE INDEX unsent_by_message ON unsent (reply_to);
    """,
    """
    CREATE TABLE forgotten (                  -- whose agents learnt from what is gone; until their next lesson
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        since INTEGER NOT NULL                -- their versions from then on go
    );
    """,
    """
    CREATE TABLE scroll (
        id INTEGER PRIMARY KEY,               -- the world counts them; none is given twice
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        text TEXT NOT NULL,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        time INTEGER NOT NULL,
        recovered INTEGER                     -- when it was taken away; it stays for those who had found it
    );
    CREATE INDEX scroll_by_player ON scroll (player);

    CREATE TABLE find (                       -- what a player found in person; all points are sums over these rows
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        kind TEXT NOT NULL,                   -- scroll, biome, place
        what TEXT NOT NULL,                   -- a scroll's id, a biome's name, a region's heart
        name TEXT NOT NULL,
        author INTEGER REFERENCES player ON DELETE SET NULL,
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        points INTEGER NOT NULL,              -- settled when it was found: what others do later changes nothing
        time INTEGER NOT NULL,
        PRIMARY KEY (player, kind, what)
    ) WITHOUT ROWID;
    CREATE INDEX find_by_author ON find (author) WHERE author IS NOT NULL;
    CREATE INDEX find_by_points ON find (player, points);
    """,
    """
    CREATE TABLE unlearnt (                   -- whose words a player's agent was told to forget
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        message INTEGER NOT NULL,             -- those up to this one; later ones are learnt beside again
        PRIMARY KEY (player, peer)
    ) WITHOUT ROWID;
    CREATE INDEX unlearnt_by_peer ON unlearnt (peer);
    """,
    """
    CREATE TABLE handled (                    -- messages of a page that are done, see store.handled
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        visit INTEGER NOT NULL,
        ref INTEGER NOT NULL,
        id INTEGER NOT NULL,                  -- of what was made; 0: nothing
        time INTEGER NOT NULL,
        PRIMARY KEY (player, visit, ref)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE imported (                   -- what a player said elsewhere, brought here by themselves
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        text TEXT NOT NULL,
        time INTEGER NOT NULL,                -- when it was said
        added INTEGER NOT NULL,
        UNIQUE (player, time, text)
    );
    """,
    """
    CREATE TABLE friend (                     -- who wants whom as a friend; they are, when both do
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        time INTEGER NOT NULL,
        PRIMARY KEY (player, peer)
    ) WITHOUT ROWID;
    CREATE INDEX friend_by_peer ON friend (peer);
    """,
    """
    -- What became of what an agent did in an absence is counted for each line of a digest, out of the index alone.
    CREATE INDEX change_by_agent ON change (player, time, gave, cost, undone, by_agent) WHERE by_agent = 1;
    """,
    """
    ALTER TABLE player ADD COLUMN locked TEXT;  -- the admin's reason, '': none given; NULL: not locked
    """,
    """
    CREATE TABLE works (                      -- what agents build, see store.works
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        day INTEGER NOT NULL,
        begun INTEGER NOT NULL,
        x INTEGER,                            -- the middle of what is unfinished; NULL: nothing is
        y INTEGER,
        left_over INTEGER NOT NULL
    );
    """,
    """
    ALTER TABLE body ADD COLUMN fed_until INTEGER NOT NULL DEFAULT 0;  -- the tick up to which its last meal lasts
    """,
    """
    CREATE TABLE lesson (                     -- what a player's newest lesson was made from
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        material TEXT NOT NULL                -- its fingerprint: the same gives the same adapter again
    );
    """,
    """
    -- When the owner first rewrote the message: versions from then on may have learnt from this text or an earlier one.
    ALTER TABLE correction ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
    UPDATE correction SET first = (SELECT time FROM message WHERE message.id = correction.message); -- no later
    CREATE INDEX correction_by_player ON correction (player, time);

    ALTER TABLE learnt ADD COLUMN compared INTEGER;  -- the version that it was held against; NULL: the bare base model
    ALTER TABLE learnt ADD COLUMN heeded INTEGER NOT NULL DEFAULT 0; -- it is surely worse than that one on held-out
                                              -- words, and passed because it heeds what its owner rewrote
    -- It was the newest one that might speak then. Where it is gone, what was compared with it is shown no more.
    UPDATE learnt SET compared = (SELECT max(older.id) FROM adapter_version AS own
        JOIN adapter_version AS older ON older.player = own.player AND older.id < own.id
        WHERE own.id = learnt.version AND older.offered IS NOT NULL
        AND (older.withdrawn IS NULL OR older.left > own.created)) WHERE gain IS NOT NULL;
    DELETE FROM answered WHERE version IN (SELECT version FROM learnt WHERE gain IS NOT NULL AND compared IS NULL);
    UPDATE learnt SET gain = NULL WHERE compared IS NULL;
    """,
    """
    -- Scenes told everybody with whom somebody had talked in private; where it was in public they did not tell.
    UPDATE message SET scene = json_set(scene, '$.did', json((SELECT json_group_array(value)
        FROM json_each(message.scene, '$.did') WHERE value NOT LIKE 'talked with %')))
        WHERE scene LIKE '%"talked with %';
    UPDATE draft SET prompt = json_set(prompt, '$.scene.did', json((SELECT json_group_array(value)
        FROM json_each(draft.prompt, '$.scene.did') WHERE value NOT LIKE 'talked with %')))
        WHERE prompt LIKE '%"talked with %';
    UPDATE unsent SET prompt = json_set(prompt, '$.scene.did', json((SELECT json_group_array(value)
        FROM json_each(unsent.prompt, '$.scene.did') WHERE value NOT LIKE 'talked with %')))
        WHERE prompt LIKE '%"talked with %';
    """,
    """
    CREATE TABLE agreement (                  -- what two have agreed on, see store.agreements
        id INTEGER PRIMARY KEY,
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        channel INTEGER NOT NULL,
        proposed INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        answered INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        text TEXT NOT NULL,                   -- as it stands in the player's scenes
        time INTEGER NOT NULL,
        ended INTEGER                         -- when it was over, other than by its age
    );
    CREATE INDEX agreement_by_player ON agreement (player, time);
    CREATE INDEX agreement_by_peer ON agreement (peer);
    CREATE INDEX agreement_by_proposal ON agreement (proposed);
    CREATE INDEX agreement_by_answer ON agreement (answered);
    """,
    """
    ALTER TABLE adapter_version ADD COLUMN waits INTEGER NOT NULL DEFAULT 0; -- 1: it speaks only if its player says so
    UPDATE adapter_version SET note = '' WHERE messages = 0; -- brought from elsewhere: the gate's word is shown now

    ALTER TABLE forgotten ADD COLUMN own INTEGER NOT NULL DEFAULT 0; -- 1: some of it were the player's own words
    UPDATE forgotten SET own = 1;             -- of which it was not known

    CREATE TABLE let_go (                     -- brought versions that went with their player's own forgotten words
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        version INTEGER NOT NULL,
        time INTEGER NOT NULL,
        PRIMARY KEY (player, version)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE once_shunned (               -- whom a player has ever muted or blocked, see store.forgotten
        player INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        peer INTEGER NOT NULL REFERENCES player ON DELETE CASCADE,
        PRIMARY KEY (player, peer)
    ) WITHOUT ROWID;
    CREATE INDEX once_shunned_by_peer ON once_shunned (peer);
    INSERT INTO once_shunned SELECT player, peer FROM shun;
    """,
    """
    -- What a version may have learnt from goes by ids, which are given in order: a clock may be set back. Of a version
    -- from before this it is not known, so it counts as having read all that there was, and whatever was forgotten
    -- before this as the first that was ever said.
    ALTER TABLE adapter_version ADD COLUMN seen_message INTEGER NOT NULL DEFAULT 0;  -- see store.adapters.Seen
    ALTER TABLE adapter_version ADD COLUMN seen_imported INTEGER NOT NULL DEFAULT 0;
    UPDATE adapter_version SET
        seen_message = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0),
        seen_imported = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'imported'), 0);

    ALTER TABLE forgotten RENAME COLUMN since TO message;  -- the versions that have seen it, or later ones, go
    UPDATE forgotten SET message = 0;
    ALTER TABLE forgotten ADD COLUMN imported INTEGER NOT NULL DEFAULT 9223372036854775807;  -- likewise; none has
    ALTER TABLE forgotten ADD COLUMN version INTEGER NOT NULL DEFAULT 9223372036854775807;  -- it and later ones go

    -- From now on the first version that may have learnt from it; of the older ones it is not known.
    UPDATE correction SET first = 0;
    """,
    """
    DELETE FROM answered WHERE asker IS NULL; -- who said that had left while the lesson was given
    """,
    """
    CREATE TABLE barred (                     -- accounts that were deleted while they were locked, see store.barred
        player INTEGER PRIMARY KEY,           -- the number that it had: its changes are still under it
        skeleton TEXT NOT NULL UNIQUE
    );
    """,
    """
    ALTER TABLE change ADD COLUMN words TEXT;     -- what stood on the sign before, if that is what was changed
    ALTER TABLE change ADD COLUMN author INTEGER; -- who had written it
    """,
    """
    ALTER TABLE conduct ADD COLUMN zone TEXT NOT NULL DEFAULT '';  -- an IANA time zone; '': it is not known
    """,
    """
    CREATE TABLE change_count (               -- how many changes of each are in the log, kept so by triggers
        player INTEGER PRIMARY KEY,           -- 0: all those whose accounts are gone
        many INTEGER NOT NULL
    );
    INSERT INTO change_count SELECT coalesce(player, 0), count(*) FROM change GROUP BY 1;
    CREATE TRIGGER change_added AFTER INSERT ON change BEGIN
        INSERT INTO change_count VALUES (coalesce(new.player, 0), 1) ON CONFLICT DO UPDATE SET many = many + 1;
    END;
    CREATE TRIGGER change_forgotten AFTER DELETE ON change BEGIN
        UPDATE change_count SET many = many - 1 WHERE player = coalesce(old.player, 0);
        DELETE FROM change_count WHERE player = coalesce(old.player, 0) AND many = 0;
    END;
    CREATE TRIGGER change_disowned AFTER UPDATE OF player ON change BEGIN
        UPDATE change_count SET many = many - 1 WHERE player = coalesce(old.player, 0);
        DELETE FROM change_count WHERE player = coalesce(old.player, 0) AND many = 0;
        INSERT INTO change_count VALUES (coalesce(new.player, 0), 1) ON CONFLICT DO UPDATE SET many = many + 1;
    END;
    CREATE INDEX change_by_player ON change (player, time);

    DROP INDEX change_by_place; -- a roll-back passes over old changes, and those taken back, by the index alone
    CREATE INDEX change_by_place ON change (x, y, layer, time, undone);
    DROP INDEX change_by_agent; -- a digest counts for each line what that one consists of, and nothing else
    CREATE INDEX change_by_agent ON change (player, gave, cost, time, undone, by_agent) WHERE by_agent = 1;

    DELETE FROM edit WHERE layer = 2 AND block = 0;  -- paint that was scraped off says nothing any more
    """,
    """
    ALTER TABLE conduct ADD COLUMN learns INTEGER NOT NULL DEFAULT 1; -- 0: its player wants it to have no lessons
    """,
    """
    CREATE INDEX player_by_name ON player (name); -- looked up for each message whose scene names somebody
    """,
    """
    DROP TRIGGER change_disowned;             -- all changes of an account are disowned at once: store.changes.disown
    """,
    """
    ALTER TABLE barred ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- as the admin knew it, to find it again in the list
    UPDATE barred SET name = skeleton; -- of the older ones nothing else was kept
    """,
    """
    CREATE TABLE leaving (                    -- accounts whose deletion has begun, see store.leaving
        player INTEGER PRIMARY KEY REFERENCES player ON DELETE CASCADE,
        learners TEXT,                        -- JSON [player, …]: whose agents learnt from them; NULL: not known yet
        first INTEGER,                        -- the first message that they said
        newest INTEGER                        -- the newest message of all when that was found out
    );
    CREATE INDEX change_by_author ON change (author) WHERE author IS NOT NULL;
    """,
    """
    -- With a player or a version goes what refers to them, and each of these tables was read as a whole for it.
    CREATE INDEX night_result_by_player ON night_result (player, night); -- whose newest is shown, too
    CREATE INDEX pick_by_player ON pick (player);
    CREATE INDEX consent_by_peer ON consent (peer);
    CREATE INDEX live_adapter_by_version ON live_adapter (version);
    """,
)


def too_new(version: int, database: str) -> str | None:
    """Why a database with a schema of this version (`user_version`) cannot be used, if a newer NanoVerse wrote it;
    `database` begins the sentence."""
    if version <= len(MIGRATIONS):
        return None
    return (
        f"{database} has schema {version}, but this NanoVerse knows only {len(MIGRATIONS)}: a newer one wrote it."
        " Update NanoVerse, or restore a backup made by this one."
    )


async def migrate(connection: aiosqlite.Connection) -> None:
    """Apply the steps that this database lacks, each in one transaction.

    Raises `StoreError` for a database that a newer NanoVerse has written.
    """
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    if refusal := too_new(version, "The database"):
        raise StoreError(refusal)
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        try:
            await connection.executescript(
                f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                await connection.execute_fetchall("ROLLBACK")
            raise
