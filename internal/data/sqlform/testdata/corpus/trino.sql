select a, array[1, 2], map(array['a'], array[1]), x -> x + 1, try_cast(a as bigint) from t cross join unnest(a) as u (b) tablesample bernoulli (10);
