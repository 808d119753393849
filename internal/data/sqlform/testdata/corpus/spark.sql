select `a b`, "string", 'it\'s', r'a\d', a.b['c'], map('k', 1) from t lateral view explode(a) x as y where a <=> b;
create table t (a int, b string) using parquet partitioned by (b);
