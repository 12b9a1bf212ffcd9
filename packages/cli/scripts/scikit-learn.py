"""Writes what scikit-learn makes of the Online Retail customers, for src/segments/online-retail.spec.ts.

    pip install scikit-learn==1.9.1
    python3 packages/cli/scripts/scikit-learn.py <folder with online-retail-*.csv.gz> > packages/cli/src/segments/scikit-learn.fixture.json

It reads the data by itself: nothing of Kairos has a part in it. Data: UCI Online Retail, Chen et al. 2012, CC BY 4.0.
"""

import csv
import datetime
import glob
import gzip
import io
import json
import sys
import zoneinfo

import numpy
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

LONDON = zoneinfo.ZoneInfo("Europe/London")
END = datetime.datetime(2011, 12, 10, tzinfo=datetime.timezone.utc)
CUT = datetime.datetime(2011, 9, 10, tzinfo=datetime.timezone.utc)
DAY = 86400


def invoices(folder):
    found = {}
    for file in sorted(glob.glob(f"{folder}/online-retail-*.csv.gz")):
        with gzip.open(file, "rb") as packed:
            for row in csv.DictReader(io.TextIOWrapper(packed, "utf-8-sig")):
                one = found.setdefault(row["InvoiceNo"], {"total": 0, "at": row["InvoiceDate"]})
                one["customer"] = row["CustomerID"].removesuffix(".0")
                one["total"] += int(row["Quantity"]) * round(float(row["UnitPrice"]) * 1000)
                one["at"] = min(one["at"], row["InvoiceDate"])
    return found


def customers(found, until):
    people = {}
    for number, one in found.items():
        at = datetime.datetime.fromisoformat(one["at"]).replace(tzinfo=LONDON).timestamp()
        if one["customer"] == "" or at >= until.timestamp():
            continue
        person = people.setdefault(one["customer"], {"orders": 0, "value": 0, "last": None})
        if number.startswith("C"):
            person["value"] -= abs(one["total"])
        elif number.isdigit() and one["total"] > 0:
            person["orders"] += 1
            person["value"] += one["total"]
            person["last"] = at if person["last"] is None else max(person["last"], at)
    return people


def table(people, ids, until):
    days = [None if people[i]["last"] is None else (until.timestamp() - people[i]["last"]) / DAY for i in ids]
    farthest = max(day for day in days if day is not None)
    return numpy.array(
        [
            [farthest if day is None else day, people[i]["orders"], people[i]["value"] / 1000]
            for i, day in zip(ids, days)
        ]
    )


def questions(tree, at=0):
    if tree.children_left[at] == -1:
        return [int(round(share * tree.n_node_samples[at])) for share in tree.value[at][0]]
    return {
        "feature": int(tree.feature[at]),
        "below": float(tree.threshold[at]),
        "ifBelow": questions(tree, tree.children_left[at]),
        "otherwise": questions(tree, tree.children_right[at]),
    }


def main(folder):
    found = invoices(folder)
    people = customers(found, END)
    # In order of the text `user:<id>`, as the read model is sorted.
    ids = sorted(people)
    rfm = table(people, ids, END)
    logged = StandardScaler().fit_transform(numpy.sign(rfm) * numpy.log1p(numpy.abs(rfm)))
    kmeans = {}
    for groups in (3, 4, 5):
        fitted = KMeans(n_clusters=groups, n_init=20, max_iter=1000, tol=0, random_state=1).fit(logged)
        kmeans[groups] = {
            "inertia": fitted.inertia_,
            "silhouette": silhouette_score(logged, fitted.labels_),
            "assigned": "".join(map(str, fitted.labels_)),
        }
    before = customers(found, CUT)
    buyers = sorted(i for i in before if before[i]["orders"] > 0)
    came_back = [people[i]["orders"] > before[i]["orders"] for i in buyers]
    features = table(before, buyers, CUT)
    trees = {}
    for depth in (2, 3, 4):
        fitted = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=50, random_state=1).fit(features, came_back)
        trees[depth] = {"accuracy": fitted.score(features, came_back), "tree": questions(fitted.tree_)}
    json.dump(
        {
            "madeBy": f"packages/cli/scripts/scikit-learn.py, scikit-learn {sklearn.__version__}",
            "customers": len(ids),
            "means": list(rfm.mean(axis=0)),
            "kmeans": kmeans,
            "buyers": len(buyers),
            "cameBack": sum(came_back),
            "trees": trees,
        },
        sys.stdout,
        indent=1,
    )


main(sys.argv[1])
