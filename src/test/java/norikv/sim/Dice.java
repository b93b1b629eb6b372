package norikv.sim;

import java.util.random.RandomGenerator;

/// All chance of a world: splitmix64, so that a seed means the same on every JDK.
///
/// **Source.** Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014.
final class Dice implements RandomGenerator {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    Dice(long seed) {
        state = mix(seed + GAMMA);
    }

    @Override
    public long nextLong() {
        state += GAMMA;
        return mix(state);
    }

    /// {@return dice of its own for somebody else}
    Dice split() {
        return new Dice(nextLong());
    }

    /// {@return 0 … bound − 1}
    long below(long bound) {
        return Math.floorMod(nextLong() >>> 1, bound);
    }

    int below(int bound) {
        return (int) below((long) bound);
    }

    /// {@return least … most}
    long between(long least, long most) {
        return least + below(most - least + 1);
    }

    int between(int least, int most) {
        return least + below(most - least + 1);
    }

    boolean oneIn(int count) {
        return below(count) == 0;
    }

    /// {@return whether something of this probability happens}
    boolean hit(double probability) {
        return probability > 0 && (nextLong() >>> 11) * 0x1.0p-53 < probability;
    }

    double fraction() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /// {@return a time with this mean, mostly less, seldom much more}
    long around(long mean) {
        return (long) (-Math.log(1 - fraction()) * mean);
    }

    static long mix(long bits) {
        long z = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
