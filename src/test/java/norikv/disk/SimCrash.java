package norikv.disk;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/// The chances of one crash: what of the un-forced is kept, lost or torn.
///
/// There are moods because their extremes are likely in life and would be too rare by single dice:
/// nothing of the un-forced is left; all of it is; exactly what was done up to some call is; or
/// each page, sector, size and name has a fate of its own.
final class SimCrash {
    private enum Mood {
        NOTHING,
        ALL,
        UP_TO_A_CALL,
        EACH_ITS_OWN
    }

    private final SplittableRandom random;
    private final Mood mood;
    private final long lastCall;
    private final Map<SimNode, SimNode> survivors = new IdentityHashMap<>();

    /// @param calls the number of the last call before the crash
    SimCrash(long seed, long calls) {
        this.random = new SplittableRandom(seed);
        int dice = random.nextInt(10);
        this.mood =
                dice == 0
                        ? Mood.NOTHING
                        : dice == 1
                                ? Mood.ALL
                                : dice < 4 ? Mood.UP_TO_A_CALL : Mood.EACH_ITS_OWN;
        // Near the end as often as anywhere: what was forced long ago is not at stake.
        long span = random.nextBoolean() ? Math.min(calls, 8) : calls;
        this.lastCall = calls - random.nextLong(span + 1);
    }

    /// {@return how many of the changes made by `calls`, in order, one thing kept: 0 … their count}
    int kept(long[] calls) {
        return switch (mood) {
            case NOTHING -> 0;
            case ALL -> calls.length;
            case UP_TO_A_CALL -> {
                int count = 0;
                while (count < calls.length && calls[count] <= lastCall) {
                    count++;
                }
                yield count;
            }
            case EACH_ITS_OWN ->
                    switch (random.nextInt(5)) {
                        case 0, 1 -> 0;
                        case 2, 3 -> calls.length;
                        default -> random.nextInt(calls.length + 1);
                    };
        };
    }

    /// {@return whether a change that depends on no other is kept}
    boolean keeps(long call) {
        return kept(new long[] {call}) == 1;
    }

    /// {@return whether the sectors of a page have fates of their own}
    boolean tears() {
        return mood == Mood.EACH_ITS_OWN && random.nextInt(4) == 0;
    }

    /// {@return a size between two, mostly one of them}
    long between(long old, long chosen) {
        if (mood != Mood.EACH_ITS_OWN || random.nextInt(3) > 0) {
            return chosen;
        }
        long least = Math.min(old, chosen);
        return least + random.nextLong(Math.max(old, chosen) - least + 1);
    }

    /// {@return the survivor of `node`, one and the same for all of its names}
    SimNode survivorOf(SimNode node) {
        return Optional.ofNullable(survivors.get(node))
                .orElseGet(
                        () -> {
                            SimNode survivor = node.survivor(this);
                            survivors.put(node, survivor);
                            return survivor;
                        });
    }
}
