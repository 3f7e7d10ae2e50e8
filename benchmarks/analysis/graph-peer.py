"""The peers of graph.mjs. Without arguments prints their names; else reads a graph as JSON and prints, one to a line, name, milliseconds and modularity."""
import json
import sys
import time

import igraph
import networkx

if len(sys.argv) < 2:
    print(f"NetworkX {networkx.__version__}, igraph {igraph.__version__}, Python {sys.version.split()[0]}")
    sys.exit()
given = json.load(sys.stdin)
graph = networkx.empty_graph(given["n"])
graph.add_edges_from(given["edges"])
fast = igraph.Graph(n=given["n"], edges=given["edges"])
seed = int(sys.argv[1])


def best_of_sixty():
    return max((fast.community_leiden(objective_function="modularity", n_iterations=-1) for _ in range(60)), key=fast.modularity)


def timed(name, work, modularity):
    start = time.perf_counter()
    found = work()
    print(name, (time.perf_counter() - start) * 1e3, modularity(found), sep="\t")


def of_sets(sets):
    return networkx.community.modularity(graph, sets)


timed("NetworkX Louvain", lambda: networkx.community.louvain_communities(graph, seed=seed), of_sets)
timed("igraph Louvain", fast.community_multilevel, fast.modularity)
timed("igraph Leiden, best of 60", best_of_sixty, fast.modularity)
