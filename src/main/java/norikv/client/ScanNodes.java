package norikv.client;

import norikv.domain.Consistency;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;

/// What a scan knows of the nodes of a cluster, and how it asks them. Nodes have numbers from 0 on.
interface ScanNodes {
    /// {@return whether there is only one node, as far as is known}
    boolean isLone();

    /// {@return whether some node has told who leads what}
    boolean knowsTopology();

    /// {@return how many shards there are; 1 before a node was met}
    int totalShards();

    /// {@return the node to ask for `shard`, after so many waves of questions that somebody refused
    /// or did not answer}
    int serving(int shard, int misses, Consistency consistency);

    /// `node` answered for `shards`: it leads them.
    void lead(ShardSet shards, int node);

    /// `node` did not answer: others are to be asked before it.
    void shun(int node);

    /// A node told who is in the cluster and who leads what.
    ///
    /// **Errors.** [norikv.domain.NoriException.Malformed] when it cannot be understood.
    void learn(Reply.Topology topology);

    /// Asks one node, once; or, if it is [Call#ANY_NODE], some node until one answers. The sink is
    /// told once, at once perhaps.
    ///
    /// @param mayWait whether this thread may wait for a slot
    void ask(int node, Request request, long budgetNanos, boolean mayWait, Sink sink);

    /// Asks some node after a pause, which counts.
    void askLater(long pauseNanos, Request request, long budgetNanos, Sink sink);

    long nanoTime();

    /// {@return a number of [0, 1)}
    double random();
}
