/* outer /* inner */ still outer */ select 1;
create table t (a int, -- the first
 b text /* the second */);
