package norikv.work;

/// A flag under a [SeededLoops].
final class SeededSignal implements Signal {
    private final SeededLoops driver;
    private final SeededNode node;
    private boolean raised;

    SeededSignal(SeededLoops driver, SeededNode node) {
        this.driver = driver;
        this.node = node;
    }

    SeededNode node() {
        return node;
    }

    @Override
    public void raise() {
        driver.requireOwner();
        raised = true;
    }

    @Override
    public boolean isRaised() {
        return raised;
    }

    @Override
    public boolean await(long deadlineNanos) {
        return driver.await(this, deadlineNanos);
    }
}
