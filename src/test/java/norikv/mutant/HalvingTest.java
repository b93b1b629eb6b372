package norikv.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// The killing tests of the mutants that [MutantsTest] makes of [Halving].
final class HalvingTest {
    @Test
    void halfOfAnEvenNumberIsExact() {
        assertEquals(21, Halving.half(42));
    }

    @Test
    void halfOfTheGivenNumberIsExact() {
        assertEquals(Integer.getInteger("half", 2), Halving.half(5));
    }

    @Test
    void oneIsOne() {
        assertEquals(1, 1);
    }
}
