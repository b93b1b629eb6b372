/// The store of the shards' state, over one log-structured merge tree.
package norikv.adapter.lsm;
