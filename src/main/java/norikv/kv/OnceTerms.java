package norikv.kv;

/// On which terms a shard remembers writes.
record OnceTerms(KeyTerms keys, SessionTerms sessions) {
    static OnceTerms defaults() {
        return new OnceTerms(KeyTerms.defaults(), SessionTerms.defaults());
    }
}
