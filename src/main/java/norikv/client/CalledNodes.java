package norikv.client;

import norikv.domain.Consistency;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;

/// The nodes of a client, for scans.
record CalledNodes(Calls calls) implements ScanNodes {
    @Override
    public boolean isLone() {
        return calls.nodes().isLone();
    }

    @Override
    public boolean knowsTopology() {
        return calls.nodes().knowsTopology();
    }

    @Override
    public int totalShards() {
        return calls.nodes().totalShards();
    }

    @Override
    public int serving(int shard, int misses, Consistency consistency) {
        return calls.nodes().serving(shard, misses, consistency);
    }

    @Override
    public void lead(ShardSet shards, int node) {
        calls.nodes().lead(shards, node);
    }

    @Override
    public void shun(int node) {
        calls.nodes().shun(node);
    }

    @Override
    public void learn(Reply.Topology topology) {
        calls.nodes().learn(topology);
    }

    @Override
    public void ask(int node, Request request, long budgetNanos, boolean mayWait, Sink sink) {
        int attemptsMax = node == Call.ANY_NODE ? RetryRules.ATTEMPTS_MAX : 1;
        if (mayWait) {
            calls.askWaiting(node, request, budgetNanos, attemptsMax, sink);
        } else {
            calls.ask(node, request, budgetNanos, attemptsMax, sink);
        }
    }

    @Override
    public void askLater(long pauseNanos, Request request, long budgetNanos, Sink sink) {
        calls.submitAfter(pauseNanos, request, budgetNanos, sink);
    }

    @Override
    public long nanoTime() {
        return calls.nanoTime();
    }

    @Override
    public double random() {
        return calls.random();
    }
}
