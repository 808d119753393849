select a->>'b', a->'c', a#>'{x,y}', a#>>'{x,y}', a @> '{"x":1}'::jsonb, b ? 'k', b ?| array['a', 'b'], b ?& array['a'], a || b, a::text[], (a)::int from t;
select $1, $2::int, E'it\'s \n', U&'d\0061t', B'01', X'1F', $$dollar 'quoted'  text$$, $tag$ with ' inside $tag$;
create function f(a int) returns int as $body$
begin
  return a   + 1;  -- kept
end;
$body$ language plpgsql immutable;
select array[1, 2, 3], a[1], a[1:2], array[[1, 2], [3, 4]] from t where a = any($1) and b ~* '^x' and c !~ 'y' and d && e;
select 'joined'
  'string' from t;
insert into t (a) values (1) on conflict (a) do update set a = excluded.a where t.a <> 1 returning id, a;
select distinct on (a, b) a, b from t order by a, b nulls last fetch first 5 rows only;
select a from t, lateral (select b from u where u.id = t.id) x where a is not null;
select count(*) filter (where a > 1) as n, percentile_cont(0.5) within group (order by b) from t;
select a at time zone 'UTC', timestamp with time zone '2020-01-01', interval '1 day' from t;
select generate_series(1, 10) g, a <-> b, a <=> b, - 5, @ -5, |/ 25, a ^ 2, a % 3, a # b, ~ a from t;
create table t (id bigserial primary key, data jsonb not null default '{}'::jsonb, tags text[] default array[]::text[], created timestamptz default now()) partition by range (created);
select * from json_to_recordset('[{"a":1}]') as x(a int, b text);
select a from t where b between symmetric 1 and 2 and row(a, b) < row(1, 2);
with moved as (delete from t where a < 1 returning *) insert into u select * from moved;
explain (analyze, buffers) select a from t;
do $$ begin perform 1; end $$;
