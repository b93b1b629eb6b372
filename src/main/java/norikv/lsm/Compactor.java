package norikv.lsm;

import java.util.Optional;
import norikv.domain.NoriException;
import norikv.work.Step;

/// Merges tables, a piece of what [Compactions] has at a time.
///
/// **Threads.** One loop runs the steps; there are several of these.
final class Compactor implements Step {
    private final Compactions compactions;
    private final int stepEntries;

    /// What is being done; null in between.
    private Compactions.Piece piece;

    Compactor(Compactions compactions, int stepEntries) {
        this.compactions = compactions;
        this.stepEntries = stepEntries;
    }

    @Override
    public long runOnce(long nowNanos) {
        if (piece == null) {
            Optional<Compactions.Piece> next = compactions.take(nowNanos);
            if (next.isEmpty()) {
                return compactions.nextLookNanos(nowNanos);
            }
            piece = next.get();
        }
        try {
            if (!piece.job().hasFailed() && !piece.job().step(piece.number(), stepEntries)) {
                return compactions.pace(piece.job().takeWritten(piece.number()), nowNanos);
            }
        } catch (NoriException.Corruption | NoriException.DiskFailure e) {
            Compactions.Piece failed = piece;
            piece = null;
            return compactions.failed(failed, e, nowNanos);
        }
        Compactions.Piece done = piece;
        piece = null;
        compactions.done(done, nowNanos);
        return nowNanos;
    }
}
