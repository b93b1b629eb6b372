package norikv.mutant;

/// What the tests of [Mutants] break: something small that is right.
final class Halving {
    private Halving() {}

    /// {@return half of `n`, rounded down, for 0 ≤ n}
    static int half(int n) {
        int half = 0;
        for (int i = 2; i <= n; i += 2) {
            half++;
        }
        assert half * 2 <= n : n;
        return half;
    }
}
