package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import norikv.observe.Distribution;
import norikv.observe.Registry;
import norikv.observe.Snapshot;
import org.junit.jupiter.api.Test;

/// An operator sees how far log time is behind, and whether anything waits for it.
final class LagMetricsTest {
    private static final String STALE = "norikv_stale_read_lag_seconds";
    private static final String LOG_TIME = "norikv_log_time_lag_seconds";
    private static final String EXPIRY = "norikv_expiry_lag_seconds";
    private static final long NANOS = 1_000_000_000L;

    private final Registry registry = new Registry();
    private final Rig rig = new Rig(4, KeyValueNode.Options.defaults(), registry);

    @Test
    void aStaleReadCountsHowFarBehindItWas() {
        rig.ask(Rig.put("k", "v"));
        rig.loops.passMillis(7_000);
        Reply.Found found =
                assertInstanceOf(Reply.Found.class, rig.ask(Rig.get("k", Consistency.STALE)));
        rig.ask(Rig.get("k"));
        rig.ask(Rig.get("k", Consistency.LEASE));

        assertEquals(7_000, found.age().behindMillis());
        assertEquals(1, staleReads().count(), "only what was stale");
        assertEquals(7 * NANOS, staleReads().sum());
    }

    @Test
    void whatAskedForAFresherStateAndGotTheLeadersIsNoStaleRead() {
        rig.ask(Rig.put("k", "v"));
        rig.loops.passMillis(7_000);
        var bounds = new ReadBounds(Version.NONE, 1_000);
        rig.ask(new Request.Get(Bytes.utf8("k"), Consistency.STALE, bounds));

        assertEquals(0, staleReads().count());
    }

    @Test
    void aStalePageCountsAsItsFurthestShard() {
        rig.ask(Rig.put("k", "v"));
        rig.loops.passMillis(5_000);
        String elsewhere = otherShard("k");
        rig.ask(Rig.put(elsewhere, "v"));
        rig.loops.passMillis(2_000);
        Request.Scan page = Rig.scan("", "");
        rig.ask(page);
        rig.ask(stale(page));

        assertEquals(1, staleReads().count());
        assertEquals(7 * NANOS, staleReads().sum());
    }

    @Test
    void aPageOfWhatItsLeaderConfirmedIsNoStaleRead() {
        rig.ask(Rig.put("k", "v"));
        rig.loops.passMillis(7_000);
        Reply.Page page =
                assertInstanceOf(Reply.Page.class, rig.ask(stale(Rig.scan("", ""), 1_000)));

        assertEquals(0, page.behindMillis());
        assertEquals(0, staleReads().count());
    }

    @Test
    void logTimeStandsWhereNobodyWrites() {
        assertEquals(0, gauge(LOG_TIME), "nothing was applied anywhere");
        rig.ask(Rig.put("k", "v"));
        rig.loops.passMillis(60_000);
        rig.ask(Rig.put(otherShard("k"), "v"));
        assertEquals(60, gauge(LOG_TIME));
        assertEquals(0, gauge(EXPIRY), "and nothing waits for it");

        rig.ask(Rig.put("k", "w"));
        assertEquals(0, gauge(LOG_TIME));
    }

    @Test
    void anExpiryThatIsNotAppliedLagsUntilItIs() {
        rig.ask(Rig.putFor("k", "v", 100));
        long expiry = rig.loops.wallMillis + 100;
        rig.log.refuses = true;
        rig.loops.passMillis(30_000);
        rig.loops.runLoops();
        double late = (rig.loops.wallMillis - expiry) / 1e3;
        assertEquals(late, gauge(EXPIRY), 0.6, "but for the width of a tick");
        rig.log.leads = false;
        assertEquals(0, gauge(EXPIRY), "what another leads is its concern");

        rig.log.leads = true;
        rig.log.refuses = false;
        rig.loops.passMillis(256);
        rig.loops.runLoops();
        rig.log.appendAndApply();
        assertEquals(0, gauge(EXPIRY));
    }

    private String otherShard(String key) {
        for (int i = 0; ; i++) {
            String other = "other" + i;
            if (!rig.shardOf(other).equals(rig.shardOf(key))) {
                return other;
            }
        }
    }

    private static Request.Scan stale(Request.Scan page) {
        return stale(page, ReadBounds.ANY_AGE);
    }

    private static Request.Scan stale(Request.Scan page, long maxStalenessMillis) {
        return new Request.Scan(
                page.from(),
                page.to(),
                page.limit(),
                page.pageBytes(),
                page.reverse(),
                page.projection(),
                Consistency.STALE,
                page.cursor(),
                maxStalenessMillis);
    }

    private Distribution staleReads() {
        return assertInstanceOf(Snapshot.Value.Spread.class, value(STALE)).distribution();
    }

    private double gauge(String name) {
        return assertInstanceOf(Snapshot.Value.Real.class, value(name)).number();
    }

    private Snapshot.Value value(String name) {
        List<Snapshot.Series> series =
                registry.snapshot().families().stream()
                        .filter(family -> family.name().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .series();
        assertEquals(1, series.size());
        return series.getFirst().value();
    }
}
