package norikv.sim;

import java.util.Set;
import java.util.TreeSet;

/// What is taken out of a world on purpose, to find the smallest one that still fails.
///
/// @param without names of fault kinds, as [Plan] has them, that this world does without
/// @param nodesMax the most nodes
/// @param groupsMax the most groups
/// @param operationsMax the most operations of clients
record Limits(Set<String> without, int nodesMax, int groupsMax, long operationsMax) {
    static final Limits NONE = new Limits(Set.of(), 7, 4, Long.MAX_VALUE);

    /// {@return what the system properties of a replay say}
    static Limits ofProperties() {
        String named = System.getProperty("sim.without", "-");
        Set<String> without = new TreeSet<>(Set.of(named.split(",")));
        without.remove("-");
        return new Limits(
                without,
                Integer.getInteger("sim.nodes", NONE.nodesMax),
                Integer.getInteger("sim.groups", NONE.groupsMax),
                Long.getLong("sim.operations", NONE.operationsMax));
    }

    Limits withoutKinds(Set<String> kinds) {
        return new Limits(kinds, nodesMax, groupsMax, operationsMax);
    }

    Limits withNodes(int most) {
        return new Limits(without, most, groupsMax, operationsMax);
    }

    Limits withGroups(int most) {
        return new Limits(without, nodesMax, most, operationsMax);
    }

    Limits withOperations(long most) {
        return new Limits(without, nodesMax, groupsMax, most);
    }

    boolean allows(String kind) {
        return !without.contains(kind);
    }

    /// {@return the properties that make these limits again}
    String properties() {
        StringBuilder text = new StringBuilder();
        if (!without.isEmpty()) {
            text.append(" -Dsim.without=").append(String.join(",", new TreeSet<>(without)));
        }
        if (nodesMax != NONE.nodesMax) {
            text.append(" -Dsim.nodes=").append(nodesMax);
        }
        if (groupsMax != NONE.groupsMax) {
            text.append(" -Dsim.groups=").append(groupsMax);
        }
        if (operationsMax != NONE.operationsMax) {
            text.append(" -Dsim.operations=").append(operationsMax);
        }
        return text.toString();
    }
}
