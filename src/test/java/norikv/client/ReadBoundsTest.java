package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Reads that say how fresh they must be go to whoever can serve them, and to nobody who would not
/// look.
final class ReadBoundsTest {
    private static final Bytes KEY = Bytes.utf8("k");
    private static final Age AGE = new Age(new Version(1, 9), 1500);

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final List<Reply.Member> members = new CopyOnWriteArrayList<>();

    @Test
    void aNodeThatDoesNotLookIsNotAsked() {
        try (FakeNode old = FakeNode.old(new FakeStore());
                Norikv db = Norikv.connect(old.endpoint())) {
            GetOptions how = db.options().toGet().withMinVersion(new Version(1, 1));
            NoriException refused =
                    assertThrows(NoriException.Refused.class, () -> db.get(KEY, how));
            assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
            assertTrue(db.get(KEY).isEmpty(), "without bounds it is");
            ScanOptions bounded = ScanOptions.all().withMaxStaleness(Duration.ofSeconds(2));
            refused =
                    assertThrows(
                            NoriException.Refused.class, () -> db.scan(bounded).stream().count());
            assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
            assertEquals(0, db.scan(ScanOptions.all()).stream().count());
        }
    }

    @Test
    void whoIsTooFarBehindSendsTheReadToTheLeaderAndOthersStayWithIt() {
        try (FakeNode near = node("near", true);
                FakeNode far = node("far", false);
                Norikv db = Norikv.connect(near.endpoint() + "," + far.endpoint())) {
            members.add(new Reply.Member("near", near.endpoint()));
            members.add(new Reply.Member("far", far.endpoint()));
            db.topology();
            GetOptions stale = db.options().toGet().withConsistency(Consistency.STALE);
            GetOptions bounded = stale.withMaxStaleness(Duration.ofSeconds(1));
            Read read = db.read(KEY, bounded);
            assertEquals("far", read.node());
            assertEquals(2, read.attempts());
            Read fresh = db.read(KEY, stale.withMaxStaleness(Duration.ofSeconds(2)));
            assertEquals("near", fresh.node());
            assertEquals(AGE, fresh.age());
            db.get(KEY);
            assertEquals(
                    List.of("near", "far", "near", "far"),
                    List.copyOf(asked),
                    "a stale answer tells nobody who leads");
        }
    }

    /// A node that leads, or one that does not and is far behind.
    private FakeNode node(String name, boolean isFollower) {
        FakeNode.Script script =
                (peer, id, request) -> {
                    if (!(request instanceof Request.Get get)) {
                        peer.reply(id, new Reply.Topology(members, List.of()));
                        return;
                    }
                    asked.add(name);
                    boolean isServed =
                            !isFollower
                                    || get.consistency() == Consistency.STALE
                                            && get.bounds().allow(AGE);
                    Age age = get.consistency() == Consistency.STALE ? AGE : Age.NONE;
                    peer.reply(
                            id,
                            isServed
                                    ? new Reply.Missing(isFollower ? age : Age.NONE)
                                    : new Reply.Failed(ErrorCode.NOT_LEADER, "far", 0, "far"));
                };
        return new FakeNode(script).named(name);
    }
}
