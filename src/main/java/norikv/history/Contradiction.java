package norikv.history;

import java.util.List;

/// Two things that operations of one key say and that cannot both be.
final class Contradiction extends Exception {
    private final transient List<Operation> among;

    Contradiction(String why, List<Operation> among) {
        super(why);
        this.among = List.copyOf(among);
    }

    List<Operation> among() {
        return among;
    }
}
