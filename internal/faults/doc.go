// Package faults holds the tests of what happens when machines, servers and networks fail: kill -9 of every process in turn, power cuts,
// clusters that lose nodes or fall apart, clocks that jump.
//
// Each test runs the built service as a black box under load. Clients make their own ids, repeat what was not answered, and write down
// what they asked and were told. Afterwards three judges look at it: porcupine decides whether each case's history can be explained by
// one case that is asked one thing at a time; the log has to hold every receipt at its place and every command once, in unbroken chains
// and under the published root; and the stage views have to show each case once. Every test has a control that shows the same judges,
// or the same fault, catch a service that does not keep its word.
//
// A short form runs with all other tests. The whole programme is make test-faults: it prints the seed of its choices and a table of what
// was done and lost. What a machine cannot prove, for want of root, /dev/fuse or network namespaces, is counted there as not proven.
package faults
