package norikv.lsm;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;

/// All kinds of operations: how often each comes, how one is drawn, how it is read from text.
final class Operations {
    static final List<Integer> SPACES = List.of(0, 3);

    /// How many views may be held at once.
    private static final int PLACES = 3;

    /// @param weight how often it comes, in relation to the others
    record Kind(
            Class<? extends Operation> type,
            int weight,
            Function<SplittableRandom, Operation> draw) {}

    private static final List<Kind> KINDS =
            Stream.of(
                            WriteOperations.KINDS,
                            ReadOperations.KINDS,
                            SnapshotOperations.KINDS,
                            LifeOperations.KINDS,
                            TabletOperations.KINDS,
                            TransferOperations.KINDS)
                    .flatMap(List::stream)
                    .toList();

    private Operations() {}

    /// {@return `count` operations, the same for the same seed}
    ///
    /// @param crashes whether there are crashes among them
    static List<Operation> draw(long seed, int count, boolean crashes) {
        var random = new SplittableRandom(seed);
        int total = KINDS.stream().mapToInt(Kind::weight).sum();
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < Model.SHARDS - 1; i++) {
            operations.add(new TabletOperations.Create(i));
        }
        while (operations.size() < count) {
            Operation next = draw(random, random.nextInt(total));
            if (crashes || !(next instanceof LifeOperations.Crash)) {
                operations.add(next);
            }
        }
        return operations;
    }

    private static Operation draw(SplittableRandom random, int dice) {
        int left = dice;
        for (Kind kind : KINDS) {
            left -= kind.weight();
            if (left < 0) {
                return kind.draw().apply(random);
            }
        }
        throw new AssertionError(dice);
    }

    /// {@return the operation that `line` was made of by `toString`}
    static Operation parse(String line) {
        String name = line.substring(0, line.indexOf('['));
        Kind kind =
                KINDS.stream()
                        .filter(k -> k.type().getSimpleName().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(line));
        RecordComponent[] components = kind.type().getRecordComponents();
        String inner = line.substring(line.indexOf('[') + 1, line.lastIndexOf(']'));
        String[] parts = inner.isEmpty() ? new String[0] : inner.split(", ");
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            String value = parts[i].substring(parts[i].indexOf('=') + 1);
            Class<?> type = components[i].getType();
            values[i] =
                    type == int.class
                            ? (Object) Integer.valueOf(value)
                            : type == long.class
                                    ? (Object) Long.valueOf(value)
                                    : Boolean.valueOf(value);
        }
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<? extends Operation> made = kind.type().getDeclaredConstructor(types);
            return made.newInstance(values);
        } catch (NoSuchMethodException
                | InstantiationException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new IllegalArgumentException(line, e);
        }
    }

    static int shard(SplittableRandom random) {
        return random.nextInt(Model.SHARDS);
    }

    /// {@return a set of shards, one bit each}
    static int shards(SplittableRandom random) {
        return random.nextBoolean() ? -1 : random.nextInt(1 << Model.SHARDS);
    }

    static int space(SplittableRandom random) {
        return random.nextInt(8) == 0 ? SPACES.getLast() : SPACES.getFirst();
    }

    static int key(SplittableRandom random) {
        return random.nextInt(Model.KEYS);
    }

    /// {@return a bound of a range}
    static int bound(SplittableRandom random) {
        return random.nextInt(5) < 2 ? -1 : random.nextInt(3 * Model.KEYS * Model.SHARDS);
    }

    /// {@return where something is held}
    static int place(SplittableRandom random) {
        return random.nextInt(PLACES);
    }
}
