/// RocksDB beside our engine, in a Maven profile of its own (`-Procksdb`): nothing of it is on any
/// path without that.
///
/// [norikv.rocksdb.Differential] gives both one history and requires that they hold the same;
/// [norikv.rocksdb.RocksBench] prints for RocksDB what `norikv bench lsm` prints for ours;
/// [norikv.rocksdb.SideBySide] runs both in turn and compares.
package norikv.rocksdb;
