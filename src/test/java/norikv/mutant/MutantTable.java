package norikv.mutant;

import java.util.Comparator;
import java.util.List;

/// The table of the bugs of the museum, as `src/test/resources/mutants/MUSEUM.md` has it.
final class MutantTable {
    private static final String HEAD =
            """
            # The museum

            Mutants that are like bugs which were real somewhere, and which are also run in the
            simulator: in the world that is named (seed, profile, milliseconds of trouble) exactly
            that invariant does not hold. `I…`, `J…`, `R…` are those of `norikv.sim.Rules` and its
            neighbours, `LIVE` is liveness after all is well, `ASSERT` an assertion of the core or
            its log, `THROWN` an error that nobody may see. `M…` numbers the bug in the project's
            collection of real ones.

            `-Dtest=MutantsTest -Dmutants.write` writes this page. When the simulator changes, the
            same seeds make other worlds: `java -ea -cp … norikv.mutant.Sightings` finds new ones
            for the mutants whose world does not notice them any more.

            | museum | mutant | it is false that | invariant | world |
            |---|---|---|---|---|
            """;

    private static final String UNSEEN =
            """

            Not seen by the simulator, only by the test that the file names:

            | museum | mutant | it is false that | why no world shows it |
            |---|---|---|---|
            """;

    private MutantTable() {}

    static String of(List<Mutant> mutants) {
        List<Mutant> sorted =
                mutants.stream()
                        .filter(m -> !m.museum().isEmpty())
                        .sorted(
                                Comparator.comparingInt(MutantTable::number)
                                        .thenComparing(Mutant::id))
                        .toList();
        StringBuilder text = new StringBuilder(HEAD);
        for (Mutant m : sorted) {
            m.sight()
                    .ifPresent(
                            sight ->
                                    text.append(
                                            "| %s | %s | %s | %s | 0x%x %s %d |%n"
                                                    .formatted(
                                                            m.museum(),
                                                            m.id(),
                                                            m.claim(),
                                                            sight.invariant(),
                                                            sight.seed(),
                                                            sight.profile(),
                                                            sight.millis())));
        }
        text.append(UNSEEN);
        for (Mutant m : sorted) {
            if (m.sight().isEmpty()) {
                text.append(
                        "| %s | %s | %s | %s |%n"
                                .formatted(m.museum(), m.id(), m.claim(), m.unseen()));
            }
        }
        return text.toString();
    }

    private static int number(Mutant mutant) {
        return Integer.parseInt(mutant.museum().replaceAll("[^0-9]", ""));
    }
}
